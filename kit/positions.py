"""The table `position`: how far this database has handled each partition, told apart from what the bus remembers.

The bus keeps its own offsets. Where they are ahead of these, this database was brought back from an older copy, and
reads again from where it was. Where the bus ends before these, the bus was brought back or lost.
"""

from collections.abc import Iterable, Mapping

from sqlalchemy import BigInteger, Column, Integer, String, Table, select
from sqlmodel import Session

from kit.bus import BusRecord, Partition
from kit.db import KIT
from kit.inbox import INBOX
from kit.rows import insert_or_set

POSITION = Table(
    "position",
    KIT,
    Column("topic", String(64), primary_key=True),
    Column("partition", Integer, primary_key=True, autoincrement=False),
    Column("following", BigInteger, nullable=False),  # the offset after the last handled record
)


def partition_of(record: BusRecord) -> Partition:
    return Partition(record.topic, record.partition)


def load(session: Session) -> dict[Partition, int]:
    """The offset after the last handled record of each partition, as far as it was noted."""
    return {Partition(topic, number): following for topic, number, following in session.execute(select(POSITION))}


def note(session: Session, following: Mapping[Partition, int]) -> None:
    """Note how far these partitions were handled; in the transaction of the work."""
    rows = [
        {"topic": partition.topic, "partition": partition.number, "following": following[partition]}
        for partition in sorted(following)
    ]
    insert_or_set(session, POSITION, rows, keys=("topic", "partition"), value="following")


def is_new(session: Session) -> bool:
    """Whether this database has handled nothing yet, so that the bus's offsets are of another one."""
    tables = (POSITION.c.topic, INBOX.c.id)
    return all(session.execute(select(column).limit(1)).first() is None for column in tables)


def after(records: Iterable[BusRecord]) -> dict[Partition, int]:
    """The offset that follows the last of these records in each partition."""
    following: dict[Partition, int] = {}
    for record in records:
        following[partition_of(record)] = record.offset + 1
    return following


def first(records: Iterable[BusRecord]) -> dict[Partition, int]:
    """The offset of the first of these records in each partition."""
    offsets: dict[Partition, int] = {}
    for record in records:
        offsets.setdefault(partition_of(record), record.offset)
    return offsets
