"""first tables"""

import sqlalchemy as sa
from alembic import op

from kit import own_tables
from kit.db import Instant

revision = "0001"
down_revision = None


def upgrade() -> None:
    own_tables.create()
    op.create_table(
        "report",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("code", sa.String(8), nullable=False),
        sa.Column("source", sa.String(160), nullable=True),
        sa.Column("source_id", sa.String(200), nullable=True),
        sa.Column("channel", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(16), nullable=True),
        sa.Column("category", sa.String(64), nullable=True),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.Text(), nullable=True),
        sa.Column("lat", sa.Double(), nullable=True),
        sa.Column("long", sa.Double(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("confidential", sa.Boolean(), nullable=True),
        sa.Column("official", sa.Boolean(), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.Column("accepted_at", Instant(), nullable=False),
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("source", "source_id", name="uq_report_source"),
    )
    op.create_table(
        "contact",
        sa.Column("report", sa.String(36), sa.ForeignKey("report.id"), primary_key=True),
        sa.Column("phone", sa.String(64), nullable=True),
        sa.Column("email", sa.String(254), nullable=True),
        sa.Column("name", sa.String(200), nullable=True),
    )
    op.create_table(
        "message",
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("source", sa.String(160), nullable=False),
        sa.Column("source_id", sa.String(200), nullable=False),
        sa.Column("sender", sa.String(64), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("charset", sa.String(16), nullable=False),
        sa.Column("reply", sa.Text(), nullable=True),
        sa.Column("report", sa.String(36), nullable=True),
        sa.Column("received_at", Instant(), nullable=False),
        sa.UniqueConstraint("source", "source_id", name="uq_message_source"),
    )
    op.create_table(
        "attachment",
        sa.Column("report", sa.String(36), sa.ForeignKey("report.id"), primary_key=True),
        sa.Column("number", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("media_type", sa.String(127), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
    )
    op.create_table(
        "standing",
        sa.Column("report", sa.String(36), primary_key=True),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("agency", sa.String(64), nullable=True),
        sa.Column("closure", sa.String(32), nullable=True),
        sa.Column("updated_at", Instant(), nullable=False),
    )


def downgrade() -> None:
    for table in ("standing", "attachment", "message", "contact", "report"):
        op.drop_table(table)
    own_tables.drop()
