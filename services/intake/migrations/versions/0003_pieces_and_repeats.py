"""join the pieces of a message; know a report that repeats another"""

import sqlalchemy as sa
from alembic import op

from kit.db import Instant

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("report", sa.Column("repeats", sa.String(36), nullable=True))
    op.create_table(
        "joining",
        sa.Column("message", sa.String(36), sa.ForeignKey("message.id"), primary_key=True),
        sa.Column("report", sa.String(36), nullable=False),
        sa.Column("sender", sa.String(64), nullable=False),
        sa.Column("fills", sa.Boolean(), nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("files", sa.Boolean(), nullable=False),
        sa.Column("came_at", Instant(), nullable=False),
        sa.Column("due_at", Instant(), nullable=False),
    )
    op.create_table(
        "fingerprint",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("report", sa.String(36), nullable=False),
        sa.Column("source", sa.String(160), nullable=True),
        sa.Column("at", Instant(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("fingerprint")
    op.drop_table("joining")
    op.drop_column("report", "repeats")
