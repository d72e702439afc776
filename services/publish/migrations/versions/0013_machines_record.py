"""how many reports the machine opened, and how many of those a person gave elsewhere; counted at the worker's start"""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

COLUMNS = ("machine_opened", "given_elsewhere")


def upgrade() -> None:
    for name in COLUMNS:
        op.add_column("tally", sa.Column(name, sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("tally") as batch:
        for name in COLUMNS:
            batch.drop_column(name)
