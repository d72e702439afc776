"""let people decide about parked records, and about records that the bus deleted unread"""

from kit import own_tables

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    own_tables.let_people_decide()


def downgrade() -> None:
    own_tables.let_people_decide_no_more()
