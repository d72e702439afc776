"""answers that are given again to the same request"""

from kit import own_tables

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    own_tables.keep_answers()


def downgrade() -> None:
    own_tables.keep_no_answers()
