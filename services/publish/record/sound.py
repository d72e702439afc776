"""Checks that the log holds together, and that each public record is the one that its newest fact commits to.

What is read is one snapshot, so it can be checked while publish goes on.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Row as SqlRow
from sqlalchemy import func, or_, select
from sqlmodel import Session

from services.publish.datasets import reports
from services.publish.datasets.forms import FORMS, NEWEST, digest, text_hash
from services.publish.datasets.spelling import record_hashed, record_spelled
from services.publish.log import checkpoint, leaves, merkle
from services.publish.log.checkpoint import BadCheckpoint, Verifier
from services.publish.log.commitment import commitment
from services.publish.tables import LEAF, LOG_STATE, RECORD, FaceRow, HiddenRow, TallyRow

_FACE: Any = FaceRow.__table__  # type: ignore[attr-defined]
_TALLY: Any = TallyRow.__table__  # type: ignore[attr-defined]
_HIDDEN: Any = HiddenRow.__table__  # type: ignore[attr-defined]
_AT_ONCE = 5_000


class NewestFact(NamedTuple):
    """What the log says of a report now."""

    form: int
    record: str | None
    """The digest of its record; null once it was hidden."""
    text_hash: str | None
    facts: int
    """How many facts about it were not erased."""
    last: int
    """The index of its newest fact."""


class CutFact(NamedTuple):
    """The fact that a release was cut."""

    manifest: str
    """The SHA-256 of its manifest.json, in hex."""
    size: int
    """How many facts of the log it holds."""
    root: bytes


def faults(session: Session, verifier: Verifier) -> Iterator[str]:
    """What is wrong with the log and the records, a line each."""
    log = _Log()
    yield from log.read(session)
    yield from _head_faults(session, verifier, log)
    yield from _record_faults(session, log.newest)
    yield from _count_faults(session)
    yield from _main_faults(session)


class _Log:
    """Reads all leaves, from the first to the last."""

    def __init__(self) -> None:
        self.size = 0
        self.root = merkle.EMPTY
        self.newest: dict[str, NewestFact] = {}
        self._erased: set[int] = set()
        self._named: set[int] = set()
        self._wordless: set[int] = set()
        self._named_wordless: set[int] = set()
        self._faults: list[str] = []

    def read(self, session: Session) -> Iterator[str]:
        self.root = merkle.root_of(merkle.leaf_hash(each) for each in self._commitments(session))
        yield from self._faults
        for index in sorted(self._erased ^ self._named):
            what = (
                "is gone, and no fact says so" if index in self._erased else "is here, and a later one says it is gone"
            )
            yield f"fact {index} {what}"
        for index in sorted(self._wordless ^ self._named_wordless):
            gone = index in self._wordless
            what = "are gone, and no correction says so" if gone else "are here, and a correction says they are gone"
            yield f"the words of fact {index} {what}"

    def _commitments(self, session: Session) -> Iterator[bytes]:
        columns = (LEAF.c.index.label("at"), LEAF.c.report, LEAF.c.salt, LEAF.c.entry, LEAF.c.commitment, LEAF.c.form)
        query = select(*columns, LEAF.c.hides, LEAF.c.text, LEAF.c.text_salt).order_by(LEAF.c.index)
        for row in session.execute(query.execution_options(yield_per=_AT_ONCE)):
            if row.at != self.size:
                self._faults.append(f"the log has no fact {self.size}: the one after it is {row.at}")
                self.size = row.at
            self._look(row)
            self.size += 1
            yield bytes(row.commitment)

    def _look(self, row: SqlRow[Any]) -> None:
        if row.salt is None or row.entry is None:
            self._erased.add(row.at)
            return
        entry = bytes(row.entry)
        if commitment(bytes(row.salt), entry) != bytes(row.commitment):
            self._faults.append(f"fact {row.at} is not the one that the log commits to (report {row.report})")
            return
        members: Mapping[str, Any] = orjson.loads(entry)
        self._named.update(members.get("erased") or ())
        self._named_wordless.update(members.get("words_erased") or ())
        if (row.form or 1) > 1:
            self._look_at_words(row, members.get("text_hash"))
        if row.report:
            self._note(row, members)

    def _look_at_words(self, row: SqlRow[Any], hash: str | None) -> None:
        if hash is not None and row.text is None:
            self._wordless.add(row.at)
        elif not _is_text(row.text, row.text_salt, hash):
            self._faults.append(f"the words of fact {row.at} are not those that the log commits to")

    def _note(self, row: SqlRow[Any], members: Mapping[str, Any]) -> None:
        record = None if row.hides else members.get("record")
        before = self.newest.get(row.report)
        count = 1 if before is None else before.facts + 1
        self.newest[row.report] = NewestFact(row.form or 1, record, members.get("report_text_hash"), count, row.at)


def _head_faults(session: Session, verifier: Verifier, log: _Log) -> Iterator[str]:
    state = session.execute(select(LOG_STATE.c.size, LOG_STATE.c.root, LOG_STATE.c.checkpoint)).first()
    if state is None:
        if log.size:
            yield f"the log has {log.size} facts and no head"
        return
    root = bytes(state.root)
    if state.size != log.size:
        yield f"the log's head is of {state.size} facts, and there are {log.size}"
    elif root != log.root:
        yield "the log's head has another root than its facts"
    try:
        if merkle.root(state.size, leaves.reader(session)) != root:
            yield "the log's tiles have another root than its head"
    except LookupError:
        yield "the log lacks tiles"
    try:
        signed = checkpoint.verify(verifier, state.checkpoint)
    except BadCheckpoint as error:
        yield f"the log's checkpoint is not right: {error}"
    else:
        if (signed.size, signed.root) != (state.size, root):
            yield f"the log's checkpoint is of {signed.size} facts, and its head of {state.size}"


def _record_faults(session: Session, newest: dict[str, NewestFact]) -> Iterator[str]:
    """Each report that the log has as public has a record, and each record is what the log commits to."""
    hidden = set(session.scalars(select(_HIDDEN.c.id)))
    columns = (RECORD.c.id, RECORD.c.doc, RECORD.c.text_salt, _FACE.c.log)
    query = select(*columns).outerjoin(_FACE, _FACE.c.number == RECORD.c.number).order_by(RECORD.c.number)
    for row in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        if row.id in hidden:
            yield f"report {row.id} was hidden, and is public"
        fact = newest.pop(row.id, None)
        if what := _wrong(row, fact):
            yield f"report {row.id} {what}"
    for report, fact in newest.items():
        if fact.record is not None:
            yield f"report {report} has no record, and fact {fact.last} commits to one"


def _wrong(row: SqlRow[Any], fact: NewestFact | None) -> str | None:
    if fact is None or fact.record is None:
        return "is public, and no fact of the log commits to it"
    if fact.form > NEWEST:
        return None  # a later version wrote it, which alone can tell
    stored = orjson.loads(bytes(row.doc))
    doc = record_spelled({member: stored.get(member) for member in reports.MEMBERS})
    try:
        right = digest(FORMS[fact.form].record, record_hashed(fact.form, doc)) == fact.record
    except (KeyError, ValueError):
        right = False
    if not right:
        return f"is not the record that fact {fact.last} commits to"
    if fact.form > 1 and not _is_text(doc.get("text"), row.text_salt, fact.text_hash):
        return f"has other words than fact {fact.last} commits to"
    if row.log is None:
        return "has no rendered answers"
    return None


def _is_text(text: object, salt: bytes | None, hash: str | None) -> bool:
    """Whether these are the words of the hash; without a hash there are none."""
    if not isinstance(text, str) or salt is None:
        return text is None and hash is None
    return text_hash(bytes(salt), text) == hash


def _count_faults(session: Session) -> Iterator[str]:
    """The counts that are kept are those of the records."""
    own = (func.coalesce(RECORD.c.agency, ""), RECORD.c.category, RECORD.c.status)
    there = {tuple(row[:3]): row[3] for row in session.execute(select(*own, func.count()).group_by(*own))}
    cell = (_TALLY.c.agency, _TALLY.c.category, _TALLY.c.status)
    gone = _TALLY.c.status.in_(("hidden", "rejected"))
    sums = select(*cell, func.sum(_TALLY.c.reports)).where(~gone).group_by(*cell)
    kept = {tuple(row[:3]): int(row[3]) for row in session.execute(sums) if row[3]}
    for key in sorted(there.keys() | kept.keys()):
        if there.get(key, 0) != kept.get(key, 0):
            agency, category, status = key
            about = f"{status} reports of {category} with {agency or 'no agency'}"
            yield f"{kept.get(key, 0)} {about} are counted, and there are {there.get(key, 0)}"


def _main_faults(session: Session) -> Iterator[str]:
    """Each main report says how many public ones are merged into it; one that says nothing has none."""
    merged = RECORD.alias("merged")
    named = select(func.count()).where(merged.c.duplicate_of == RECORD.c.id).scalar_subquery()
    reported_by = func.coalesce(RECORD.c.reported_by, 1)
    of_merged = RECORD.c.id.in_(select(merged.c.duplicate_of).where(merged.c.duplicate_of.is_not(None)))
    for id, said, count in session.execute(
        select(RECORD.c.id, reported_by, named + 1).where(or_(reported_by != 1, of_merged))
    ):
        if said != count:
            yield f"report {id} says that {said} reported it, and there are {count}"


def cuts(session: Session) -> dict[int, CutFact]:
    """What the log says of each release that is a fact of it, by its number."""
    query = select(LEAF.c.entry).where(LEAF.c.report == "", LEAF.c.entry.is_not(None))
    entries = [orjson.loads(bytes(entry)) for entry in session.scalars(query)]
    return {
        each["number"]: CutFact(each["manifest"], each["size"], bytes.fromhex(each["root"]))
        for each in entries
        if each.get("what") == "released"
    }
