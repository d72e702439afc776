"""tokens of reporters, and the steps that they may read"""

import sqlalchemy as sa
from alembic import op

from kit.db import ROW_NUMBER, Instant

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "token",
        sa.Column("digest", sa.String(32), primary_key=True),
        sa.Column("report", sa.String(36), nullable=False),
    )
    op.create_table(
        "step",
        sa.Column("number", ROW_NUMBER, primary_key=True),
        sa.Column("report", sa.String(36), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("what", sa.String(16), nullable=False),
        sa.Column("by", sa.String(16), nullable=False),
        sa.Column("agency", sa.String(64), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("acted", sa.Boolean(), nullable=True),
        sa.Column("closure", sa.String(32), nullable=True),
    )
    op.create_index("step_of_report", "step", ["report", "number"])


def downgrade() -> None:
    op.drop_table("step")
    op.drop_table("token")
