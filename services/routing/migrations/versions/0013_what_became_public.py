"""the history keeps what of its words became public"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.add_column("action", sa.Column("public_text", sa.Text(), nullable=True))
    op.add_column("action", sa.Column("public_reason", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("action", "public_reason")
    op.drop_column("action", "public_text")
