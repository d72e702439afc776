"""The entry of a fact, in the newest form: the text that the log commits to when the fact becomes public."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

import orjson

from contracts.ids import random_bytes
from contracts.times import utc
from services.publish.datasets.forms import FORMS, NEWEST, digest, text_hash
from services.publish.datasets.history import OF_ERASURES, OF_RELEASES
from services.publish.log.leaves import Erased, LogCorrection, LogFact, LogHiding
from services.publish.record.about import about
from services.publish.record.facts import Record, Step
from services.publish.record.values import plain, spelled

_FORM = FORMS[NEWEST]
_MEMBERS = tuple(member for member in _FORM.entry if member not in (*OF_ERASURES, *OF_RELEASES))


class Committed(NamedTuple):
    """A record whose words are committed to, and the fact that does so."""

    record: Record
    fact: LogFact | LogCorrection


def commit_to(record: Record, before: Record | None = None) -> Committed:
    """The fact of the record's last step; `before` is the record without it."""
    text = record.word("text")
    if text is not None and record.text_salt is None:
        record = record._replace(text_salt=random_bytes(16))
    step = record.history[-1]
    words = step.word("text")
    salt = None if words is None else random_bytes(16)
    values: dict[str, object] = {
        **{name: plain(value) for name, value in step.values.items()},
        "id": record.id,
        "at": utc(step.at),
        "what": step.what,
        "form": NEWEST,
        "record": digest(_FORM.record, spelled(record.values, _FORM.record)),
        "text_hash": None if words is None or salt is None else text_hash(salt, words),
        "report_text_hash": None if text is None or record.text_salt is None else text_hash(record.text_salt, text),
    }
    members = {member: values.get(member) for member in _MEMBERS}
    told = about(before, record)
    if not record.replaced:
        return Committed(record, LogFact(record.id, _entry(members), NEWEST, words, salt, told))

    def entry(erased: Erased) -> bytes:
        gone = {"erased": erased.facts} if erased.facts else {}
        return _entry({**members, **gone, "words_erased": erased.words})

    return Committed(record, LogCorrection(record.id, entry, NEWEST, words, salt, record.replaced, told))


def _entry(members: Mapping[str, object]) -> bytes:
    return orjson.dumps(members, option=orjson.OPT_SORT_KEYS)


def hide(report: str, step: Step) -> LogHiding:
    """The fact that a report left public view; it names the leaves that were erased for it."""

    def entry(erased: Sequence[int]) -> bytes:
        reason = step.word("reason") or ""
        return hidden(report, step.at, reason, erased)

    return LogHiding(report, entry, NEWEST)


def hidden(report: str, at: datetime, reason: str, erased: Sequence[int]) -> bytes:
    """The entry of a hiding."""
    members = {"id": report, "at": utc(at), "what": "hidden", "reason": reason, "erased": erased, "form": NEWEST}
    return _entry(members)


def lost(indexes: Sequence[int], number: int, at: datetime) -> LogFact:
    """The fact that these leaves were taken back from a copy of the log, and their facts are lost with their salts.

    `number`: the highest that a release among them may have.
    """
    members = {"at": utc(at), "what": "lost", "erased": indexes, "number": number, "form": NEWEST}
    return LogFact("", _entry(members), NEWEST)
