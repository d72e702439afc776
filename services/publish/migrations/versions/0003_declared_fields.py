"""What form 2 of the record, declared fields and releases of all datasets need; nothing that was there changes."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("record", sa.Column("edition", sa.BigInteger(), nullable=True))
    op.add_column("record", sa.Column("text_salt", sa.LargeBinary(length=16), nullable=True))
    op.add_column("leaf", sa.Column("form", sa.Integer(), nullable=True))
    op.add_column("leaf", sa.Column("text", sa.String(), nullable=True))
    op.add_column("leaf", sa.Column("text_salt", sa.LargeBinary(length=16), nullable=True))
    op.add_column("release", sa.Column("datasets", sa.LargeBinary(), nullable=True))
    op.create_table(
        "facet",
        sa.Column("field", sa.String(length=64), nullable=False),
        sa.Column("value", sa.String(length=255), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("field", "value", "number"),
    )
    op.create_index("facet_number", "facet", ["number"], unique=False)


def downgrade() -> None:
    op.drop_table("facet")
    for table, columns in (
        ("release", ("datasets",)),
        ("leaf", ("text_salt", "text", "form")),
        ("record", ("text_salt", "edition")),
    ):
        with op.batch_alter_table(table) as batch:
            for column in columns:
                batch.drop_column(column)
