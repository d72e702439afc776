"""how a report was closed, beside the move that closed it"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    op.add_column("action", sa.Column("closure", sa.String(length=24), nullable=True))


def downgrade() -> None:
    op.drop_column("action", "closure")
