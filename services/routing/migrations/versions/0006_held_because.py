"""the reasons for which a report is held"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("case", sa.Column("held_because", sa.String(80), nullable=True))


def downgrade() -> None:
    op.drop_column("case", "held_because")
