"""urgent reports, which are first in every queue, and the agency that was told of each"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

_URGENT = "urgent AND status NOT IN ('closed', 'rejected', 'responded')"


def upgrade() -> None:
    # A process of the version before writes cases without the column.
    op.add_column("case", sa.Column("urgent", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("case", sa.Column("urgent_for", sa.String(length=64), nullable=True))
    columns, where = ["received_at", "id", "agency"], sa.text(_URGENT)
    op.create_index("case_urgent", "case", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    op.drop_index("case_urgent", "case")
    op.drop_column("case", "urgent_for")
    op.drop_column("case", "urgent")
