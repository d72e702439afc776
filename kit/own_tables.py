"""The kit's own tables, as the migrations of each service make them: step by step, never as the code has them today."""

import sqlalchemy as sa
from alembic import op

from kit.db import ROW_NUMBER, Instant


def create() -> None:
    """For a service's first migration: the outbox, the inbox and what is parked."""
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
    """The way back of `create`."""
    for table in ("parked", "inbox", "outbox"):
        op.drop_table(table)


def number_events() -> None:
    """What was sent is kept and numbered; what cannot be handled yet waits. Processes of before go on beside it."""
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
    """The way back of `number_events`. What waits is lost by it, and must be sent again."""
    for table in ("waiting", "taken", "sent"):
        op.drop_table(table)
    op.drop_column("inbox", "seq")


def _record() -> list[sa.Column[object]]:
    return [
        sa.Column("topic", sa.String(64), nullable=False),
        sa.Column("partition", sa.Integer(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False),
        sa.Column("headers", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
    ]
