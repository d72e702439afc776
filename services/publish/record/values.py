"""A record's stored values as JSON and back. Each is read by its name, so that older documents are read too."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from zlib import crc32

import orjson

from contracts.times import utc
from services.publish.datasets import history, reports
from services.publish.datasets.field import Type
from services.publish.datasets.spelling import SPELLING, step_spelled
from services.publish.record.facts import Step, Value, Values

_TIMES = frozenset(field.member for field in reports.ANSWERED if field.type is Type.DATETIME)
_STEP_TIMES = frozenset(field.name for field in history.FIELDS if field.type is Type.DATETIME)
_EMPTY: Values = {field.member: field.default for field in reports.ANSWERED}
_FIELDS = crc32("\n".join((*reports.MEMBERS, str(SPELLING))).encode())
_STEPS = crc32("\n".join((*history.STEP, str(SPELLING))).encode())


def fields_edition() -> bytes:
    """Changes with the fields that this version answers, and with their spelling."""
    return b"%d %d" % (_FIELDS, _STEPS)


def document(values: Values) -> bytes:
    """The values as they are stored and as `/v1/reports` answers them: every member, null where there is no value."""
    return orjson.dumps(spelled(values))


def spelled(values: Values, members: Sequence[str] | None = None) -> dict[str, object]:
    """The values as JSON writes them; only these `members`, if any are named."""
    if members is not None:
        return {each: utc(at) if isinstance(at := values.get(each), datetime) else at for each in members}
    times = {member: utc(at) for member in _TIMES if isinstance(at := values.get(member), datetime)}
    return {**_EMPTY, **values, **times}


def read(doc: bytes) -> Values:
    """The values of a stored document, whichever version wrote it. What a newer version added is kept as it is."""
    return {member: _typed(value, member in _TIMES) for member, value in {**_EMPTY, **orjson.loads(doc)}.items()}


def edition(doc: bytes) -> int:
    """A sum of the document and the names of all fields, stored beside it: `complete` sees by it if any is missing.

    Of the document too, because a process of the version before replaces a document without its edition.
    """
    return crc32(doc, _FIELDS)


def complete(doc: bytes, stored_edition: int | None) -> bytes:
    """The document with every field that this version declares; a field that its writer did not know is null."""
    return doc if stored_edition == crc32(doc, _FIELDS) else document(read(doc))


def steps_edition(stored: bytes) -> int:
    """As `edition`, of a stored history, whose answers this version numbers."""
    return crc32(stored, _STEPS)


def steps(steps: tuple[Step, ...]) -> bytes:
    """A report's public history as it is stored and answered, oldest first."""
    return orjson.dumps(
        [
            {"at": utc(step.at), "what": step.what} | {name: plain(step.values.get(name)) for name in history.STEP[2:]}
            for step in steps
        ]
    )


def read_steps(stored: bytes) -> tuple[Step, ...]:
    """The steps of a stored history."""
    return tuple(
        Step(
            datetime.fromisoformat(str(step["at"])),
            str(step["what"]),
            {name: _typed(step.get(name), name in _STEP_TIMES) for name in history.STEP[2:]},
        )
        for step in map(step_spelled, orjson.loads(stored))
    )


def plain(value: Value) -> object:
    """A value as JSON has it."""
    return utc(value) if isinstance(value, datetime) else value


def _typed(value: object, time: bool) -> Value:
    if time and isinstance(value, str):
        return datetime.fromisoformat(value)
    if value is None or isinstance(value, str | float | int | bool | Mapping):
        return value
    raise ValueError("a stored value is neither text, a number nor an object")
