"""How the values of forms 1 and 2 were spelled, which the log commits to, and how files and answers spell them now.

Since spelling 2, files and answers have one way to write a value, whichever form a fact has: times with milliseconds,
an agency's answer as `responded` with `acted`, the closure of a report in `closure`. Facts of forms 1 and 2 were hashed
as they were written then, so each of these functions has its opposite, and neither ever changes.
"""

from collections.abc import Callable, Iterable, Mapping

import orjson

from services.publish.datasets.field import Row

SPELLING = 2
"""Of the releases that are cut now; those before spell each value as its form does, and declare none."""
LAST_SPELLED_OTHERWISE = 2
"""The last form whose facts are hashed in another spelling than files have."""

_ENTRY_TIMES = ("at", "due_at")
_RECORD_TIMES = ("received_at", "verified_at", "due_at", "updated_at", "closed_at")
_ANSWERS: Mapping[object, bool] = {"acted": True, "answered": False}


def entry_spelled(entry: Row) -> dict[str, object]:
    """The members of an entry, of whichever form, as files and answers spell them, sorted by name.

    >>> entry_spelled({"at": "2026-11-24T05:00:00Z", "form": 2, "reason": "done", "what": "closed"})
    {'at': '2026-11-24T05:00:00.000Z', 'closure': 'done', 'form': 2, 'reason': None, 'what': 'closed'}
    """
    if _form(entry) > LAST_SPELLED_OTHERWISE:
        return dict(entry)
    return dict(sorted(_renamed(entry).items()))


def entry_hashed(row: Row) -> dict[str, object]:
    """The opposite of `entry_spelled`: the entry that the log commits to, its members in their order.

    Raises `ValueError` unless the row is spelled in the one way that `entry_spelled` gives.
    """
    if _form(row) > LAST_SPELLED_OTHERWISE:
        return dict(row)
    entry = {**row, **_times(row, _ENTRY_TIMES, time_before)}
    if row.get("what") == "responded":
        entry["what"] = "acted" if entry.pop("acted", None) else "answered"
    elif row.get("what") == "closed":
        entry["reason"] = entry.pop("closure", None)
    entry = dict(sorted(entry.items()))
    if orjson.dumps(entry_spelled(entry)) != orjson.dumps(row):  # bytes: in Python 1 equals true, and order is nothing
        raise ValueError("it is not spelled as facts of its form are")
    return entry


def step_spelled(step: Row) -> dict[str, object]:
    """A step of a stored history as answers spell it, whichever version wrote it."""
    return _renamed(step)


def record_spelled(record: Row) -> dict[str, object]:
    """A report's stored members as files and answers spell them, whichever version wrote them."""
    return {**record, **_times(record, _RECORD_TIMES, time_spelled)}


def record_hashed(form: int, row: Row) -> Row:
    """The opposite of `record_spelled` for a report whose newest fact has this form. Raises `ValueError`."""
    if form > LAST_SPELLED_OTHERWISE:
        return row
    record = {**row, **_times(row, _RECORD_TIMES, time_before)}
    if record_spelled(record) != row:
        raise ValueError("its times are not spelled as a release spells them")
    return record


def time_spelled(written: str) -> str:
    """A time of forms 1 and 2, which had no milliseconds where they were zero, as files and answers spell it.

    >>> time_spelled("2026-11-24T05:00:00Z"), time_spelled("2026-11-24T05:00:00.123Z")
    ('2026-11-24T05:00:00.000Z', '2026-11-24T05:00:00.123Z')
    """
    return written if "." in written else written.removesuffix("Z") + ".000Z"


def time_before(written: str) -> str:
    """The opposite of `time_spelled`."""
    return written.removesuffix(".000Z") + "Z" if written.endswith(".000Z") else written


def _renamed(members: Row) -> dict[str, object]:
    renamed = {**members, **_times(members, _ENTRY_TIMES, time_spelled)}
    what = members.get("what")
    if what in _ANSWERS:
        renamed |= {"what": "responded", "acted": _ANSWERS[what]}
    elif what == "closed" and "closure" not in members:
        renamed |= {"closure": members.get("reason"), "reason": None}
    return renamed


def _times(members: Row, names: Iterable[str], spell: Callable[[str], str]) -> dict[str, object]:
    return {name: spell(value) for name in names if isinstance(value := members.get(name), str)}


def _form(members: Row) -> int:
    form = members.get("form", 1)
    if not isinstance(form, int):
        raise ValueError("its form is no number")
    return form
