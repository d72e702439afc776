"""deadlines, hiding and reasons in standings; find a sender's messages and reports"""

import sqlalchemy as sa
from alembic import op

from kit.db import Instant

revision = "0007"
down_revision = "0006"

COLUMNS = {"due_at": Instant(), "escalated_at": Instant(), "hidden_at": Instant(), "reason": sa.Text()}


def upgrade() -> None:
    for name, kind in COLUMNS.items():
        op.add_column("standing", sa.Column(name, kind, nullable=True))
    op.create_index("ix_contact_phone", "contact", ["phone"])
    op.create_index("ix_message_sender", "message", ["sender", "received_at"])


def downgrade() -> None:
    op.drop_index("ix_message_sender", "message")
    op.drop_index("ix_contact_phone", "contact")
    with op.batch_alter_table("standing") as standing:
        for name in COLUMNS:
            standing.drop_column(name)
