"""Steps of the services' migrations for the kit's own tables. A released step never changes with the code."""

import sqlalchemy as sa
from alembic import op

from kit.db import ROW_NUMBER, Instant


def create() -> None:
    """For a service's first migration: the tables outbox, inbox and parked."""
    op.create_table(
        "outbox",
        sa.Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(36), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("claimed_at", Instant(), nullable=False, index=True),
    )
    op.create_table(
        "parked",
        sa.Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("report", sa.String(36), nullable=True, index=True),
        *_record(),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("parked_at", Instant(), nullable=False),
        sa.UniqueConstraint("topic", "partition", "offset", "id", name="parked_record"),
        sqlite_autoincrement=True,
    )


def drop() -> None:
    """The inverse of `create`."""
    for table in ("parked", "inbox", "outbox"):
        op.drop_table(table)


def number_events() -> None:
    """Add the tables sent, taken and waiting, and the inbox's numbers. The version before can go on beside them."""
    op.add_column("inbox", sa.Column("seq", sa.Integer(), nullable=True))
    op.create_table(
        "sent",
        sa.Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("type", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(36), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("time", Instant(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("sent_at", Instant(), nullable=False, index=True),
        sa.UniqueConstraint("subject", "seq", name="sent_of_report"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "taken",
        sa.Column("report", sa.String(36), primary_key=True),
        sa.Column("seq", sa.Integer(), nullable=False),
    )
    op.create_table(
        "waiting",
        sa.Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(36), nullable=False, unique=True),
        sa.Column("report", sa.String(36), nullable=False, index=True),
        *_record(),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("handled", sa.Boolean(), nullable=False),
        sa.Column("kept_at", Instant(), nullable=False),
        sqlite_autoincrement=True,
    )


def number_no_events() -> None:
    """The inverse of `number_events`. Waiting events are lost and must be sent again (`pendapa replay`)."""
    for table in ("waiting", "taken", "sent"):
        op.drop_table(table)
    op.drop_column("inbox", "seq")


def note_positions() -> None:
    """Add the tables position and seen. The version before can go on beside them."""
    op.create_table(
        "position",
        sa.Column("topic", sa.String(64), primary_key=True),
        sa.Column("partition", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("following", sa.BigInteger(), nullable=False),
    )
    op.create_table(
        "seen",
        sa.Column("id", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("boot", sa.String(64), nullable=False),
        sa.Column("since_boot", sa.BigInteger(), nullable=False),
    )


def note_no_positions() -> None:
    """The inverse of `note_positions`."""
    for table in ("seen", "position"):
        op.drop_table(table)


def let_people_decide() -> None:
    """Add the table missed, what people did with parked records, and which of these are to be tried again."""
    op.create_table(
        "missed",
        sa.Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("start", sa.BigInteger(), nullable=False),
        sa.Column("end", sa.BigInteger(), nullable=False),
        sa.Column("noticed_at", Instant(), nullable=False),
        sa.Column("replayed_at", Instant(), nullable=True),
        sa.UniqueConstraint("topic", "partition", "start", "end", name="missed_once"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "parked_act",
        sa.Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("record", sa.BigInteger(), nullable=False),
        sa.Column("report", sa.String(36), nullable=True),
        sa.Column("act", sa.String(16), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sqlite_autoincrement=True,
    )
    op.add_column("parked", sa.Column("again_at", Instant(), nullable=True))
    op.create_table("contract", sa.Column("migration", sa.String(32), primary_key=True))


def require(migration: str) -> None:
    """Refuse processes that do not know this migration: they would leave out rows that every writer must keep."""
    op.execute(sa.text("INSERT INTO contract (migration) VALUES (:migration)").bindparams(migration=migration))


def let_people_decide_no_more() -> None:
    """The inverse of `let_people_decide`."""
    op.drop_column("parked", "again_at")
    for table in ("contract", "parked_act", "missed"):
        op.drop_table(table)


def keep_answers() -> None:
    """Add the table answered. The version before can go on beside it."""
    op.create_table(
        "answered",
        sa.Column("number", ROW_NUMBER, primary_key=True, autoincrement=True),
        sa.Column("id", sa.String(64), nullable=False, unique=True),
        sa.Column("request", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sqlite_autoincrement=True,
    )


def keep_no_answers() -> None:
    """The inverse of `keep_answers`."""
    op.drop_table("answered")


def _record() -> list[sa.Column[object]]:
    return [
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
    ]
