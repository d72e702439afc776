"""reports that were merged into another one, and indexes by which duplicates are found"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

_INDEXES = (
    ("case_of_place", ("place", "received_at"), "place IS NOT NULL"),
    ("case_at", ("lat", "long"), "lat IS NOT NULL"),
    ("case_merged", ("duplicate_of",), "duplicate_of IS NOT NULL"),
)


def upgrade() -> None:
    op.add_column("case", sa.Column("repeats", sa.String(length=36), nullable=True))
    op.add_column("case", sa.Column("duplicate_of", sa.String(length=36), nullable=True))
    op.add_column("case", sa.Column("merged_count", sa.Integer(), nullable=True))
    for name, columns, where in _INDEXES:
        op.create_index(name, "case", list(columns), sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, _, _ in _INDEXES:
        op.drop_index(name, "case")
    op.drop_column("case", "merged_count")
    op.drop_column("case", "duplicate_of")
    op.drop_column("case", "repeats")
