"""Keeps a worker's place on the bus: a database or a bus that was brought back from an older copy is noticed."""

import logging
from collections.abc import Callable, Collection, Mapping, Sequence

from sqlalchemy import Engine

from kit import positions
from kit.bus import BusRecord, Consumer, Gap, Partition, Span
from kit.db import snapshot, transaction

logger = logging.getLogger(__name__)


class BusPlace:
    def __init__(self, service: str, engine: Engine, went_back: Callable[[], None] = lambda: None) -> None:
        """`went_back` is called when this database is found to be older than what it has handled."""
        self._service, self._engine, self._went_back = service, engine, went_back
        self._sought: dict[Partition, int] = {}
        """From where a partition is read again, until its next record comes."""
        self._lost: dict[str, str] = {}
        """What an operator must know, a line for each kind."""

    def is_behind(self, consumer: Consumer, records: Sequence[BusRecord]) -> bool:
        """Whether this database lacks records before these; then the consumer reads from where it was."""
        if not records:
            return False
        first = positions.first(records)
        with snapshot(self._engine) as session:
            stored = positions.load(session)
        if first.keys() - stored.keys():
            stored = self._begin({**_following(consumer.positions()), **first})
        forgotten = {each for each, at in first.items() if stored[each] < at and self._sought.get(each) == stored[each]}
        for each in forgotten:
            self._tell("forgotten", f"the bus has forgotten records of {each.topic} that {self._service} lacks")
        for each in first:
            self._sought.pop(each, None)
        behind = {each for each, at in first.items() if stored[each] < at} - forgotten
        if behind:
            consumer.rewind()
            self._seek(consumer, stored, consumer.positions())
        return bool(behind)

    def look(self, consumer: Consumer) -> None:
        """Compare the partitions that are held with this database: also when no record comes."""
        spans = consumer.positions()
        with snapshot(self._engine) as session:
            stored = positions.load(session)
        if spans.keys() - stored.keys():
            stored = self._begin(_following(spans))
        older = {each: span.following for each, span in spans.items() if stored[each] > span.end}
        if older:
            self._tell("bus", f"the bus is older than what {self._service} has handled of it")
            with transaction(self._engine) as session:
                positions.note(session, older)
        self._seek(consumer, {**stored, **older}, spans)

    def go_on_after(self, gap: Gap) -> None:
        """What was in the gap is sent again: this database lacks nothing before its end."""
        partition = Partition(gap.topic, gap.partition)
        with transaction(self._engine) as session:
            if positions.load(session).get(partition, 0) < gap.end:
                positions.note(session, {partition: gap.end})
        self._sought.pop(partition, None)

    def rewind(self, consumer: Consumer) -> None:
        self._sought.clear()
        consumer.rewind()

    def noticed(self, numbered_again: Collection[str]) -> list[str]:
        """What an operator must know, a line each. `numbered_again`: topics whose producer's database went back."""
        for topic in numbered_again:
            self._tell(topic, f"the producer of {topic} numbers events again: its database is older than what it sent")
        return list(self._lost.values())

    def _seek(self, consumer: Consumer, stored: Mapping[Partition, int], spans: Mapping[Partition, Span]) -> None:
        older = {each: span for each, span in spans.items() if stored.get(each, span.following) < span.following}
        if any(self._sought.get(each) != stored[each] for each in older):
            self._went_back()
        for each, span in older.items():
            if self._sought.get(each) != stored[each]:
                logger.warning(
                    "the database of %s is older than what it has handled: it reads %s/%s again from %s to %s",
                    self._service,
                    *each,
                    stored[each],
                    span.following,
                )
                consumer.seek(each, stored[each])
                self._sought[each] = stored[each]

    def _begin(self, following: Mapping[Partition, int]) -> dict[Partition, int]:
        """Note partitions for the first time. A database that has handled nothing lacks all that is on the bus."""
        with transaction(self._engine) as session:
            stored, new = positions.load(session), positions.is_new(session)
            missing = {each: 0 if new else at for each, at in following.items() if each not in stored}
            positions.note(session, missing)
        return {**stored, **missing}

    def _tell(self, kind: str, what: str) -> None:
        line = f"{what}; `pendapa replay` sends again what a service lacks (docs/stores.md)"
        if self._lost.get(kind) != line:
            logger.warning(line)
        self._lost[kind] = line


def _following(spans: Mapping[Partition, Span]) -> dict[Partition, int]:
    return {each: span.following for each, span in spans.items()}
