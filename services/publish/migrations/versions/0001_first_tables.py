"""The open record, its counts, the log and the releases."""

import sqlalchemy as sa
from alembic import op

import kit.db
from kit import own_tables
from services.publish.query import search

revision = "0001"
down_revision = None


def upgrade() -> None:
    own_tables.create()
    search.create(op.get_bind())
    op.create_table(
        "face",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("address", sa.String(), nullable=True),
        sa.Column("history", sa.LargeBinary(), nullable=False),
        sa.Column("log", sa.LargeBinary(), nullable=False),
        sa.Column("o311_json", sa.LargeBinary(), nullable=False),
        sa.Column("o311_xml", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id"),
    )
    op.create_table(
        "hidden",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("hidden_at", kit.db.Instant(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "leaf",
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("report", sa.String(length=36), nullable=False),
        sa.Column("salt", sa.LargeBinary(length=16), nullable=True),
        sa.Column("entry", sa.LargeBinary(), nullable=True),
        sa.Column("commitment", sa.LargeBinary(length=32), nullable=False),
        sa.Column("hides", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("index"),
    )
    op.create_index("leaf_report", "leaf", ["report", "index"], unique=False)
    op.create_table(
        "log_state",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(length=32), nullable=False),
        sa.Column("checkpoint", sa.String(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("updated_at", kit.db.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "record",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("received_at", kit.db.Instant(), nullable=False),
        sa.Column("updated_at", kit.db.Instant(), nullable=False),
        sa.Column("verified_at", kit.db.Instant(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=True),
        sa.Column("place_code", sa.String(length=32), nullable=True),
        sa.Column("kecamatan_code", sa.String(length=32), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("long", sa.Float(), nullable=True),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("due_at", kit.db.Instant(), nullable=True),
        sa.Column("closed_at", kit.db.Instant(), nullable=True),
        sa.Column("closure", sa.String(length=24), nullable=True),
        sa.Column("withheld", sa.Boolean(), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("id", name="record_id"),
    )
    op.create_index("record_agency", "record", ["agency", "received_at", "id"], unique=False)
    op.create_index("record_agency_category", "record", ["agency", "category", "received_at", "id"], unique=False)
    op.create_index("record_agency_status", "record", ["agency", "status", "received_at", "id"], unique=False)
    op.create_index("record_category", "record", ["category", "received_at", "id"], unique=False)
    op.create_index("record_category_status", "record", ["category", "status", "received_at", "id"], unique=False)
    op.create_index("record_kecamatan", "record", ["kecamatan_code", "received_at", "id"], unique=False)
    op.create_index("record_newest", "record", ["received_at", "id"], unique=False)
    op.create_index("record_place", "record", ["place_code", "received_at", "id"], unique=False)
    op.create_index("record_status", "record", ["status", "received_at", "id"], unique=False)
    op.create_index("record_updated", "record", ["updated_at", "id"], unique=False)
    op.create_index("record_where", "record", ["lat", "long"], unique=False)
    op.create_table(
        "release",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", kit.db.Instant(), nullable=False),
        sa.Column("rows", sa.BigInteger(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("files", sa.LargeBinary(), nullable=False),
        sa.Column("withdrawn_at", kit.db.Instant(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("removed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("number"),
    )
    op.create_table(
        "tally",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("agency", sa.String(length=64), nullable=False),
        sa.Column("category", sa.String(length=64), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("reports", sa.Integer(), nullable=False),
        sa.Column("withheld", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("month", "agency", "category", "status"),
    )
    op.create_table(
        "tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("index", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "index"),
    )


def downgrade() -> None:
    op.drop_table("tile")
    op.drop_table("tally")
    op.drop_table("release")
    op.drop_table("record")
    op.drop_table("log_state")
    op.drop_table("leaf")
    op.drop_table("hidden")
    op.drop_table("face")
    search.drop(op.get_bind())
    own_tables.drop()
