"""A member of a consumer group on Apache Kafka, through kafka-python: its records and its offsets."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from kafka import ConsumerRebalanceListener, KafkaConsumer, TopicPartition
from kafka.coordinator.assignors.cooperative_sticky import CooperativeStickyAssignor
from kafka.errors import (
    CommitFailedError,
    IllegalGenerationError,
    KafkaError,
    RebalanceInProgressError,
    UnknownMemberIdError,
)
from kafka.structs import OffsetAndMetadata

from kit.bus import MAX_BYTES, BusRecord, BusUnavailable, Gap, Missed, Partition, Span
from kit.bus.kafka_client import PATIENCE, made_client, unavailable

_POLL_SECONDS = 0.5
"""The longest poll: nothing ends one earlier, and a worker must notice within a second that it is to end."""
# The group is rebalancing or has removed this member: the new owner of the partition reads the records again.
_MOVED_ON = (CommitFailedError, IllegalGenerationError, RebalanceInProgressError, UnknownMemberIdError)


class KafkaMember:
    """One member of a group; one thread uses it."""

    def __init__(self, servers: Sequence[str], group: str, topics: Sequence[str]) -> None:
        # By partition: the first offset polled since the last commit, and the next to poll.
        self._uncommitted: dict[Any, tuple[int, int]] = {}
        # By partition: the offset of a commit that failed because the group was rebalancing; tried again.
        self._handled: dict[Any, int] = {}
        # Partitions whose beginning must be compared with the group's offset: they came to this member, or do not go on
        # at the offset that was next.
        self._unchecked: set[Any] = set()
        # By partition: the next offset to poll.
        self._next: dict[Any, int] = {}
        with unavailable():
            self._kafka: Any = made_client(
                KafkaConsumer,
                servers,
                group_id=group,
                enable_auto_commit=False,  # the worker commits, after the database has
                auto_offset_reset="earliest",  # a new group reads the backlog, not only what comes next
                partition_assignment_strategy=(CooperativeStickyAssignor,),
                session_timeout_ms=8000,
                heartbeat_interval_ms=2000,
                max_partition_fetch_bytes=MAX_BYTES,
                allow_auto_create_topics=False,
            )
            listener = _Moves(self._unchecked, self._uncommitted, self._handled, self._next)
            self._kafka.subscribe(topics=list(topics), listener=listener)

    def poll(self, timeout: float, limit: int) -> list[BusRecord]:
        self._go_on_joining()
        self._check_beginnings()  # those found wrong before: then nothing is fetched
        with unavailable():
            if self._handled:  # before the poll: if it fails, no record is fetched and lost
                self._commit(dict(self._handled))
            batches = self._kafka.poll(timeout_ms=int(min(timeout, _POLL_SECONDS) * 1000), max_records=limit)
        self._unchecked.update(
            p for p, batch in batches.items() if batch[0].offset > self._next.get(p, batch[0].offset)
        )
        try:
            self._check_beginnings()  # those that came to this member in the poll, or have lost records since
        except (BusUnavailable, Missed):
            for partition, batch in batches.items():
                self._kafka.seek(partition, batch[0].offset)
            raise
        records: list[BusRecord] = []
        for partition, batch in batches.items():
            first, _ = self._uncommitted.get(partition, (batch[0].offset, 0))
            self._uncommitted[partition] = first, batch[-1].offset + 1
            self._next[partition] = batch[-1].offset + 1
            topic, part = partition.topic, partition.partition
            records += [
                BusRecord(topic, part, r.offset, r.key or b"", _headers(r.headers), r.value or b"", r.timestamp)
                for r in batch
            ]
        return records

    def commit(self) -> None:
        done = {partition: following for partition, (_, following) in list(self._uncommitted.items())}
        with unavailable():
            self._commit({**self._handled, **done})
        self._uncommitted.clear()

    def rewind(self) -> None:
        held = self._kafka.assignment()
        for partition, (first, _) in list(self._uncommitted.items()):
            if partition in held:
                self._kafka.seek(partition, first)
                self._next[partition] = first
        self._uncommitted.clear()

    def lag(self) -> int:
        with unavailable():
            held = list(self._kafka.assignment())
            ends = self._kafka.end_offsets(held) if held else {}
            return sum(max(0, ends[partition] - self._done(partition)) for partition in held)

    def positions(self) -> dict[Partition, Span]:
        with unavailable():
            held = list(self._kafka.assignment())
            ends = self._kafka.end_offsets(held) if held else {}
            return {Partition(p.topic, p.partition): Span(self._done(p), ends[p]) for p in held}

    def seek(self, partition: Partition, offset: int) -> None:
        """An offset that the broker has forgotten becomes its earliest one."""
        place = TopicPartition(*partition)
        if place in self._kafka.assignment():
            self._kafka.seek(place, offset)
            self._next[place] = offset
        self._uncommitted.pop(place, None)

    def close(self) -> None:
        with suppress(KafkaError, OSError):
            self._kafka.close(autocommit=False, timeout_ms=3000)

    def skip(self, gap: Gap) -> None:
        partition = TopicPartition(gap.topic, gap.partition)
        with unavailable():
            self._commit({partition: gap.end})
            self._kafka.seek(partition, gap.end)
        self._next[partition] = gap.end
        self._unchecked.discard(partition)

    def _check_beginnings(self) -> None:
        """Raise `Missed` if a partition begins after the offset from which the group is to go on."""
        held = [partition for partition in self._unchecked if partition in self._kafka.assignment()]
        if not held:
            return
        gaps = []
        with unavailable():
            begins = self._kafka.beginning_offsets(held)
            for partition in held:
                committed = self._kafka.committed(partition, timeout_ms=int(PATIENCE * 1000))
                # A new group, without an offset, has no claim to what was deleted before it began.
                if committed is not None and committed < begins[partition]:
                    gaps.append(Gap(partition.topic, partition.partition, committed, begins[partition]))
                    continue
                if committed is not None:
                    self._next.setdefault(partition, committed)
                self._unchecked.discard(partition)
        if gaps:
            raise Missed(gaps)

    def _go_on_joining(self) -> None:
        """Wait again for a join that was under way when the poll before ended.

        kafka-python 3.0.12 forgets it if the reason to join is gone meanwhile, as it is for a group's leader that
        lacked a topic's metadata. Such a member would read nothing, and without heartbeats lose its partitions.
        """
        coordinator = self._kafka._coordinator
        if coordinator.rejoining:
            coordinator.request_rejoin()

    def _commit(self, following: Mapping[Any, int]) -> None:
        held = self._kafka.assignment()
        offsets = {p: OffsetAndMetadata(at, "", -1) for p, at in following.items() if p in held}
        self._handled.clear()
        if not offsets:
            return
        try:
            self._kafka.commit(offsets, timeout_ms=int(PATIENCE * 1000))
        except _MOVED_ON:
            self._handled.update({p: at for p, at in following.items() if p in held})

    def _done(self, partition: Any) -> int:
        if partition in self._uncommitted:
            return self._uncommitted[partition][0]
        at = int(self._kafka.position(partition, timeout_ms=2000) or 0)
        if (due := self._next.get(partition, at)) < at:  # what was next is gone, and nothing has come since
            self._unchecked.add(partition)
        return min(due, at)


def _headers(raw: Sequence[tuple[str | None, bytes | None]] | None) -> tuple[tuple[str, bytes], ...]:
    """Kafka lets other programs write a header without a value."""
    if raw and all(map(all, raw)):
        return tuple(raw)  # type: ignore[arg-type]  # nothing in it is null
    return tuple((name or "", value or b"") for name, value in raw or ())


class _Moves(ConsumerRebalanceListener):  # type: ignore[misc]  # kafka-python has no types
    """Drops the offsets of a partition that another member takes over: its new owner commits them."""

    def __init__(self, unchecked: set[Any], *notes: dict[Any, Any]) -> None:
        self._unchecked, self._notes = unchecked, notes

    def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        for partition in revoked:
            self._unchecked.discard(partition)
            for note in self._notes:
                note.pop(partition, None)

    def on_partitions_lost(self, lost: Sequence[TopicPartition]) -> None:
        self.on_partitions_revoked(lost)

    def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        """The client begins at the group's committed offset; `poll` checks that it is still there."""
        self._unchecked.update(assigned)
