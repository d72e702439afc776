"""Follows the history of a downloaded release: each fact against its leaf, and what the last of each report says."""

from collections.abc import Iterator
from typing import NamedTuple

import orjson

from pendapa.findings import Verified, report_of, said
from services.publish import export
from services.publish.export import Value
from services.publish.log import commitment


class Newest(NamedTuple):
    """The last fact of a report: the hash of its document, null if it has none; and the fact's line."""

    record: str | None
    line: int


class History:
    """Reads history.jsonl from the first line to the last, and holds each against its leaf."""

    def __init__(self, leaves: Iterator[bytes], found: Verified) -> None:
        self.newest: dict[str, Newest] = {}
        self._leaves, self._found = leaves, found
        self._erased: set[int] = set()
        self._named: set[int] = set()
        self._at = 0

    def follow(self, line: bytes) -> list[Value]:
        """The line's values; a fault if it is not what its leaf commits to."""
        self._at += 1
        leaf = next(self._leaves, None)
        try:
            fact = orjson.loads(line)
            committed = export.history_entry(line)
            row = export.history_row(fact)
            if fact["index"] != self._at - 1:
                raise ValueError(f"its index is not {self._at - 1}")
            if committed is None:
                self._erased.add(fact["index"])
                return row
            if commitment(*committed) != leaf:
                raise ValueError("the fact, or its leaf in leaves.bin, was changed")
            self._remember(fact["id"], fact)
        except (ValueError, KeyError, TypeError) as error:
            self._found.fault("history.jsonl", said(error), self._at, report_of(line))
            return [None] * len(export.HISTORY)
        return row

    def end(self) -> None:
        found = self._found
        found.facts, found.erased = self._at, len(self._erased)
        if next(self._leaves, None) is not None:
            found.fault("history.jsonl", "it ends before the log does", self._at)
        for index in sorted(self._erased ^ self._named):
            erased = index in self._erased
            what = (
                "the fact is gone, and none that hid a report names it" if erased else "the fact was said to be erased"
            )
            found.fault("history.jsonl", what, index + 1)

    def _remember(self, report: str, fact: dict[str, object]) -> None:
        record, erased = fact.get("record"), fact.get("erased")
        self.newest[report] = Newest(record if isinstance(record, str) else None, self._at)
        if isinstance(erased, list):
            self._found.hidden += 1
            self._named.update(erased)
