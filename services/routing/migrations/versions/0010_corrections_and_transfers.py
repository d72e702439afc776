"""which answer a correction is of, which words were erased, and who gave which report away"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.add_column("action", sa.Column("answer", sa.Integer(), nullable=True))
    op.add_column("action", sa.Column("erased", sa.Boolean(), nullable=True))
    op.create_index("disposition_by", "disposition", ["by", "report"])


def downgrade() -> None:
    op.drop_index("disposition_by", "disposition")
    with op.batch_alter_table("action") as batch:
        batch.drop_column("erased")
        batch.drop_column("answer")
