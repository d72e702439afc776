"""when a report was answered, agencies' own references, and indexes of what is still to be done"""

import sqlalchemy as sa
from alembic import op

from kit.db import Instant

revision = "0012"
down_revision = "0011"

_OPEN = "status NOT IN ('closed', 'rejected')"
_TRANSFERS = "move = 'transfer'"
_INDEXES = (
    ("case_updated", "case", ("updated_at", "id"), None),
    ("case_updated_of_agency", "case", ("agency", "updated_at", "id"), None),
    ("case_due", "case", ("due_at", "id", "status"), _OPEN),
    ("case_due_of_agency", "case", ("agency", "due_at", "id", "status"), _OPEN),
    ("action_transfer", "action", ("by", "report"), _TRANSFERS),
)


def upgrade() -> None:
    op.create_table(
        "agency_reference",
        sa.Column("report", sa.String(36), primary_key=True),
        sa.Column("agency", sa.String(64), primary_key=True),
        sa.Column("reference", sa.String(100), nullable=False),
    )
    op.create_index("agency_reference_found", "agency_reference", ["reference", "agency"])
    op.add_column("agency_event", sa.Column("reference", sa.String(100), nullable=True))
    op.add_column("case", sa.Column("responded_at", Instant(), nullable=True))
    op.execute(
        """UPDATE "case" SET responded_at =
        (SELECT max(action.at) FROM action WHERE action.report = "case".id AND action.move = 'respond')"""
    )
    for name, table, columns, where in _INDEXES:
        some = None if where is None else sa.text(where)
        op.create_index(name, table, list(columns), sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    for name, table, _, _ in _INDEXES:
        op.drop_index(name, table)
    op.drop_column("case", "responded_at")
    op.drop_column("agency_event", "reference")
    op.drop_table("agency_reference")
