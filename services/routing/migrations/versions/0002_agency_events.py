"""agency events and webhooks"""

import sqlalchemy as sa
from alembic import op

from kit.db import ROW_NUMBER, Instant

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "agency_event",
        sa.Column("number", ROW_NUMBER, primary_key=True),
        sa.Column("recipient", sa.String(64), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True),
        sa.Column("id", sa.String(36), nullable=False),
        sa.Column("report", sa.String(36), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("type", sa.String(32), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("agency", sa.String(64), nullable=True),
        sa.Column("status", sa.String(16), nullable=False),
    )
    op.create_index("agency_event_in_order", "agency_event", ["recipient", "position"], unique=True)
    op.create_index(
        "agency_event_without_position",
        "agency_event",
        ["number"],
        sqlite_where=sa.text("position IS NULL"),
        postgresql_where=sa.text("position IS NULL"),
    )
    # An event for each open report, so that a program needs no other list; its id is that of its report.
    op.execute(
        """
        INSERT INTO agency_event (recipient, id, report, at, type, "by", agency, status)
        SELECT coalesce(agency, 'official'), id, id, updated_at,
               CASE WHEN agency IS NULL THEN 'report.held' ELSE 'report.disposed' END, 'machine', agency, status
        FROM "case" WHERE status NOT IN ('closed', 'rejected') ORDER BY received_at, id
        """
    )
    op.create_table(
        "webhook",
        sa.Column("recipient", sa.String(64), primary_key=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("old_secrets", sa.Text(), nullable=True),
        sa.Column("old_until", Instant(), nullable=True),
        sa.Column("position", sa.BigInteger(), nullable=False),
        sa.Column("set_at", Instant(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("retry_at", Instant(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("stopped", sa.Boolean(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("webhook")
    op.drop_table("agency_event")
