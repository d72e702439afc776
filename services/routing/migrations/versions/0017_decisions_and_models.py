"""what people decided, for a model to learn from, and the models that were made of it"""

import sqlalchemy as sa
from alembic import op

from kit.db import ROW_NUMBER, Instant

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.create_table(
        "decision",
        sa.Column("number", ROW_NUMBER, primary_key=True),
        sa.Column("report", sa.String(36), nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("move", sa.String(16), nullable=False),
        sa.Column("agency", sa.String(64), nullable=True),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("spam", sa.String(16), nullable=True),
    )
    op.create_index("decision_of_report", "decision", ["report", "number"])
    op.create_table(
        "model",
        sa.Column("number", ROW_NUMBER, primary_key=True),
        sa.Column("id", sa.String(16), nullable=False),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("card", sa.Text(), nullable=False),
    )


def downgrade() -> None:
    op.drop_table("model")
    op.drop_table("decision")
