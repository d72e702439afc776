"""a standing tells that its report was merged into another one"""

import sqlalchemy as sa
from alembic import op

from kit.db import Instant

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("standing", sa.Column("merged_at", Instant(), nullable=True))
    op.add_column("standing", sa.Column("duplicate_of", sa.String(length=36), nullable=True))


def downgrade() -> None:
    op.drop_column("standing", "duplicate_of")
    op.drop_column("standing", "merged_at")
