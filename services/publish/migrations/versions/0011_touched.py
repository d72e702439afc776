"""since when the answers to a filter are the same"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.create_table(
        "touched",
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("value"),
    )
    op.add_column("log_state", sa.Column("touched_from", sa.BigInteger(), nullable=True))
    op.add_column("log_state", sa.Column("touched_to", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("log_state") as batch:
        batch.drop_column("touched_to")
        batch.drop_column("touched_from")
    op.drop_table("touched")
