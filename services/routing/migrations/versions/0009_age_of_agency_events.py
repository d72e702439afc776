"""since when an agency event can be read, to be deleted after some time"""

import sqlalchemy as sa
from alembic import op

from kit.db import Instant

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.add_column("agency_event", sa.Column("added_at", Instant(), nullable=True))


def downgrade() -> None:
    op.drop_column("agency_event", "added_at")
