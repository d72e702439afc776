"""sent events are kept and numbered, and events that this version does not know wait"""

from kit import own_tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    own_tables.number_events()


def downgrade() -> None:
    own_tables.number_no_events()
