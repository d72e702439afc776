"""keep and number sent events; let events that this version does not know wait"""

from kit import own_tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    own_tables.number_events()


def downgrade() -> None:
    own_tables.number_no_events()
