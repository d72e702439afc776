"""the report that one was merged into, and how many reported the matter"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.add_column("record", sa.Column("duplicate_of", sa.String(length=36), nullable=True))
    op.add_column("record", sa.Column("reported_by", sa.Integer(), nullable=True))
    some = sa.text("duplicate_of IS NOT NULL")
    op.create_index("record_merged", "record", ["duplicate_of"], sqlite_where=some, postgresql_where=some)


def downgrade() -> None:
    op.drop_index("record_merged", "record")
    with op.batch_alter_table("record") as batch:
        batch.drop_column("reported_by")
        batch.drop_column("duplicate_of")
