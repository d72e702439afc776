"""what the machine found in a report, kept beside its words"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.add_column("case", sa.Column("reading", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "reading")
