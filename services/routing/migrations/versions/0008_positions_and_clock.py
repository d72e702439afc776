"""How far each partition was handled, and when the clock was last right."""

from kit import own_tables

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    own_tables.note_positions()


def downgrade() -> None:
    own_tables.note_no_positions()
