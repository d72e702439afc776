"""a case keeps from when its clock runs, and for how many working days"""

import sqlalchemy as sa
from alembic import op

from kit.db import Instant

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # Null of the cases of before: from when their deadline counts is not known, and it stays as it is.
    op.add_column("case", sa.Column("clock_from", Instant(), nullable=True))
    op.add_column("case", sa.Column("clock_days", sa.Integer(), nullable=True))
    op.add_column("case", sa.Column("clock_due", Instant(), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "clock_due")
    op.drop_column("case", "clock_days")
    op.drop_column("case", "clock_from")
