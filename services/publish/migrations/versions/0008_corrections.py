"""Which facts erased the words of others, for privacy."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.add_column("leaf", sa.Column("erases", sa.Boolean(), nullable=True))
    erases = sa.text("erases")
    op.create_index("leaf_erasing", "leaf", ["index"], sqlite_where=erases, postgresql_where=erases)


def downgrade() -> None:
    op.drop_index("leaf_erasing", "leaf")
    op.drop_column("leaf", "erases")
