"""imports have a number, which their reports carry"""

import sqlalchemy as sa
from alembic import op

from kit.db import ROW_NUMBER, Instant

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "import",
        sa.Column("number", ROW_NUMBER, primary_key=True),
        sa.Column("name", sa.String(200), nullable=True),
        sa.Column("source", sa.String(200), nullable=True),
        sa.Column("made_at", Instant(), nullable=False),
        sa.Column("undone_at", Instant(), nullable=True),
    )
    op.add_column("report", sa.Column("import_number", sa.BigInteger(), nullable=True))
    op.create_index("report_of_import", "report", ["import_number"])


def downgrade() -> None:
    op.drop_index("report_of_import", "report")
    op.drop_column("report", "import_number")
    op.drop_table("import")
