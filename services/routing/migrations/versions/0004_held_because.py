"""the reasons for which a report is held, and what happened to it elsewhere"""

import sqlalchemy as sa
from alembic import op

revision = "0004_held_because"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("case", sa.Column("held_because", sa.String(80), nullable=True))
    op.add_column("case", sa.Column("elsewhere", sa.Text(), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "elsewhere")
    op.drop_column("case", "held_because")
