"""messages and fingerprints are found by their age, to be deleted"""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_index("ix_message_received_at", "message", ["received_at"])
    op.create_index("ix_fingerprint_at", "fingerprint", ["at"])


def downgrade() -> None:
    op.drop_index("ix_fingerprint_at", "fingerprint")
    op.drop_index("ix_message_received_at", "message")
