"""first tables"""

import sqlalchemy as sa
from alembic import op

from kit import own_tables
from kit.db import ROW_NUMBER, Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    own_tables.create()
    op.create_table(
        "case",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("agency", sa.String(64), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.String(64), nullable=True),
        sa.Column("place_hint", sa.Text(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("long", sa.Double(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.Column("held_reason", sa.Text(), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("verified_at", Instant(), nullable=True),
        sa.Column("due_at", Instant(), nullable=True),
        sa.Column("wake_at", Instant(), nullable=True),
        sa.Column("escalated_at", Instant(), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
        sa.Column("closed_at", Instant(), nullable=True),
        sa.Column("closure", sa.String(24), nullable=True),
    )
    op.create_index("case_newest", "case", ["received_at", "id"])
    op.create_index("case_of_agency", "case", ["agency", "received_at", "id"])
    op.create_index("case_of_status", "case", ["status", "received_at", "id"])
    op.create_index("case_wake", "case", ["wake_at"])
    op.create_table(
        "disposition",
        sa.Column("number", ROW_NUMBER, primary_key=True),
        sa.Column("report", sa.String(36), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("agency", sa.String(64), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_at", Instant(), nullable=True),
    )
    op.create_index("disposition_of_report", "disposition", ["report", "number"])
    op.create_table(
        "action",
        sa.Column("number", ROW_NUMBER, primary_key=True),
        sa.Column("report", sa.String(36), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("move", sa.String(16), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("agency", sa.String(64), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
    )
    op.create_index("action_of_report", "action", ["report", "number"])


def downgrade() -> None:
    op.drop_table("action")
    op.drop_table("disposition")
    op.drop_table("case")
    own_tables.drop()
