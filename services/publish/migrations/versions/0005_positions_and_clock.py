"""How far each partition was handled, and when the clock was last right."""

import sqlalchemy as sa
from alembic import op

from kit import own_tables
from kit.db import Instant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    own_tables.note_positions()
    op.add_column("release", sa.Column("changed_at", Instant(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("release") as batch:
        batch.drop_column("changed_at")
    own_tables.note_no_positions()
