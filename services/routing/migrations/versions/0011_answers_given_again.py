"""answers that are given again, and by which request a case came to its last action"""

import sqlalchemy as sa
from alembic import op

from kit import own_tables

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    own_tables.keep_answers()
    op.add_column("action", sa.Column("request", sa.String(64), nullable=True))


def downgrade() -> None:
    op.drop_column("action", "request")
    own_tables.keep_no_answers()
