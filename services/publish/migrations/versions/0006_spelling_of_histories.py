"""Which stored histories have every member and the spelling of this version; nothing that was there changes."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("face", sa.Column("history_edition", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("face") as batch:
        batch.drop_column("history_edition")
