"""The log and the releases as rows. Core tables: they are written in batches, and read by position."""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table

from kit.db import Instant
from services.publish.tables import Base

LEAF = Table(
    "leaf",
    Base.metadata,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("report", String(36), nullable=False),
    Column("salt", LargeBinary(16)),
    Column("entry", LargeBinary),
    Column("commitment", LargeBinary(32), nullable=False),
    Column("hides", Boolean, nullable=False),
    Index("leaf_report", "report", "index"),
)
"""Every public fact; `salt` and `entry` are null once its report was hidden. `hides`: the fact of that, which stays."""

TILE = Table(
    "tile",
    Base.metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("data", LargeBinary, nullable=False),
)
"""The tree's hashes, 256 to a row (see `tiles`); the last row of a level may hold fewer."""

LOG_STATE = Table(
    "log_state",
    Base.metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary(32), nullable=False),
    Column("checkpoint", String, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("updated_at", Instant, nullable=False),
)
"""One row, id 1. `version` grows with every change of anything that publish shows: the ETag of its answers."""

RELEASE = Table(
    "release",
    Base.metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("made_at", Instant, nullable=False),
    Column("rows", BigInteger, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("files", LargeBinary, nullable=False),
    Column("withdrawn_at", Instant),
    Column("reason", String),
    Column("removed", Boolean, nullable=False),
)
"""A release exists once its row does. `size`: of the log; `files`: a JSON array of {"name", "bytes", "sha256"}.

`withdrawn_at` and `reason` are null while it stands; `removed`: its files are gone from the store, too.
"""
