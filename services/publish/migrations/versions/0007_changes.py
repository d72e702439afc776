"""What changes are about, the epoch of the record, and how far readers may take it for complete."""

import secrets

import sqlalchemy as sa
from alembic import op

from kit.db import Instant

revision = "0007"
down_revision = "0006"

_LAG = 60_000_000
"""Microseconds that `as_of` stays behind."""


def upgrade() -> None:
    op.add_column("leaf", sa.Column("about", sa.LargeBinary(), nullable=True))
    op.add_column("log_state", sa.Column("epoch", sa.String(length=16), nullable=True))
    op.add_column("log_state", sa.Column("as_of", Instant(), nullable=True))
    begun = sa.text("UPDATE log_state SET epoch = :epoch, as_of = (updated_at - :lag) / 1000 * 1000")
    op.execute(begun.bindparams(epoch=secrets.token_hex(8), lag=_LAG))


def downgrade() -> None:
    for table, columns in (("log_state", ("as_of", "epoch")), ("leaf", ("about",))):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
