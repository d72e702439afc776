"""a case tells what its place is known by, and which other place contradicts it"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    # Null of the cases of before: nobody kept by what their place was known.
    op.add_column("case", sa.Column("place_from", sa.String(length=16), nullable=True))
    op.add_column("case", sa.Column("place_other", sa.String(length=64), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "place_other")
    op.drop_column("case", "place_from")
