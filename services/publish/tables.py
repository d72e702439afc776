"""The open record, its counts, the log and the releases as rows.

Where a column may be null because processes of the version before do not write it, its comment says so.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kit.db import ROW_NUMBER, Instant


class Base(SQLModel, registry=registry()):
    """Publish's own metadata."""


def instant(*, nullable: bool = False) -> Column[datetime]:
    """A column of microseconds since 1970."""
    return Column(Instant, nullable=nullable)


class RecordRow(Base, table=True):
    """One public report: its REST document, and what lists are filtered by. A hidden report has no row here.

    Every column that a list may be filtered by has an index that ends in the order of lists,
    newest first, so that a page costs the same at any depth.
    """

    __tablename__ = "record"
    __table_args__ = (
        Index("record_newest", "received_at", "id"),
        Index("record_agency", "agency", "received_at", "id"),
        Index("record_agency_status", "agency", "status", "received_at", "id"),
        Index("record_agency_category", "agency", "category", "received_at", "id"),
        Index("record_category", "category", "received_at", "id"),
        Index("record_category_status", "category", "status", "received_at", "id"),
        Index("record_status", "status", "received_at", "id"),
        Index("record_place", "place_code", "received_at", "id"),
        Index("record_kecamatan", "kecamatan_code", "received_at", "id"),
        Index("record_updated", "updated_at", "id"),
        Index("record_where", "lat", "long"),
        UniqueConstraint("id", name="record_id"),
    )

    number: int | None = Field(default=None, sa_column=Column(ROW_NUMBER, primary_key=True, autoincrement=True))
    """The number that `face`, `facet` and the search index join on. It is never shown."""
    id: str = Field(sa_column=Column(String(36), nullable=False))
    received_at: datetime = Field(sa_column=instant())
    updated_at: datetime = Field(sa_column=instant())
    verified_at: datetime = Field(sa_column=instant())
    kind: str = Field(sa_column=Column(String(16), nullable=False))
    channel: str = Field(sa_column=Column(String(16), nullable=False))
    category: str = Field(sa_column=Column(String(64), nullable=False))
    agency: str | None = Field(default=None, sa_column=Column(String(64)))
    place_code: str | None = Field(default=None, sa_column=Column(String(32)))
    kecamatan_code: str | None = Field(default=None, sa_column=Column(String(32)))
    lat: float | None = None
    long: float | None = None
    status: str = Field(sa_column=Column(String(16), nullable=False))
    due_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    closed_at: datetime | None = Field(default=None, sa_column=instant(nullable=True))
    closure: str | None = Field(default=None, sa_column=Column(String(24)))
    withheld: bool = False
    """Whether the report is confidential: then its words and place never came here, and no column has them."""
    doc: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """The stored values of the report's public fields as JSON, which is also how `/v1/reports` answers them."""
    edition: int | None = Field(default=None, sa_column=Column(BigInteger))
    """A sum that shows whether `doc` has every field of the version that reads it (see `record.values`).

    Null: an older version wrote the row."""
    text_salt: bytes | None = Field(default=None, sa_column=Column(LargeBinary(16)))
    """What the report's text is committed with; null: no text, or nothing was committed since form 1."""
    duplicate_of: str | None = Field(default=None, sa_column=Column(String(36)))
    """The main report that it was merged into, if the public may know."""
    reported_by: int | None = None
    """1, and how many public reports are merged into it. Null: a version before wrote the row, which merged none."""


RECORD: Table = RecordRow.__table__  # type: ignore[attr-defined]
_MERGED = RECORD.c.duplicate_of.is_not(None)
Index("record_merged", RECORD.c.duplicate_of, sqlite_where=_MERGED, postgresql_where=_MERGED)


class FaceRow(Base, table=True):
    """The other rendered answers of a record; in a table of their own, so that a REST list need not read them."""

    __tablename__ = "face"

    number: int = Field(sa_column=Column(ROW_NUMBER, primary_key=True, autoincrement=False))
    id: str = Field(sa_column=Column(String(36), nullable=False, unique=True))
    address: str | None = Field(default=None, sa_column=Column(String))
    """Null: an address that somebody typed is private. The version before writes it; `record.typed` erases it."""
    history: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """JSON array of the steps of the public history, oldest first, with the members of `history.STEP`."""
    history_edition: int | None = Field(default=None, sa_column=Column(BigInteger))
    """As `record.edition`, of `history`. Null: an older version wrote the row."""
    log: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    """JSON array of the report's leaf indexes."""
    o311_json: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    o311_xml: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


_TYPED = FaceRow.__table__.c.address.is_not(None)  # type: ignore[attr-defined]
Index("face_typed", FaceRow.__table__.c.number, sqlite_where=_TYPED, postgresql_where=_TYPED)  # type: ignore[attr-defined]


class FacetRow(Base, table=True):
    """The value of a field that a list is filtered by, where the field has no column of its own in `record`."""

    __tablename__ = "facet"
    __table_args__ = (Index("facet_number", "number"),)

    field: str = Field(sa_column=Column(String(64), primary_key=True))
    value: str = Field(sa_column=Column(String(255), primary_key=True))
    number: int = Field(sa_column=Column(ROW_NUMBER, primary_key=True, autoincrement=False))


class HiddenRow(Base, table=True):
    """A report that was public and is not any more: when and why it was hidden."""

    __tablename__ = "hidden"

    id: str = Field(sa_column=Column(String(36), primary_key=True))
    hidden_at: datetime = Field(sa_column=instant())
    reason: str = Field(sa_column=Column(String, nullable=False))


class TallyRow(Base, table=True):
    """How many reports there are, by the month they were received in; kept at write time."""

    __tablename__ = "tally"

    month: str = Field(sa_column=Column(String(7), primary_key=True))
    """`2026-11`, in the region's time."""
    agency: str = Field(sa_column=Column(String(64), primary_key=True))
    """Empty: none yet, or rejected."""
    category: str = Field(sa_column=Column(String(64), primary_key=True))
    """Empty: rejected before it had one."""
    status: str = Field(sa_column=Column(String(16), primary_key=True))
    """A record's status, `hidden` or `rejected`."""
    reports: int = 0
    withheld: int = 0
    """How many of `reports` are confidential or hidden."""
    machine_opened: int | None = None
    """How many of `reports` the machine opened. Null: a process of a version before made the row, and did not ask."""
    given_elsewhere: int | None = None
    """How many of `machine_opened` a person gave to another agency. Null: as `machine_opened`."""


LEAF = Table(
    "leaf",
    Base.metadata,
    Column("index", BigInteger, primary_key=True, autoincrement=False),
    Column("report", String(36), nullable=False),
    Column("salt", LargeBinary(16)),
    Column("entry", LargeBinary),
    Column("commitment", LargeBinary(32), nullable=False),
    Column("hides", Boolean, nullable=False),
    Column("form", Integer),
    Column("text", String),
    Column("text_salt", LargeBinary(16)),
    Column("about", LargeBinary),
    Column("erases", Boolean),
    Index("leaf_report", "report", "index"),
)
Index("leaf_erasing", LEAF.c.index, sqlite_where=LEAF.c.erases, postgresql_where=LEAF.c.erases)
"""Every public fact; `salt` and `entry` are null once its report was hidden. `hides`: the fact that hid it.

`erases`: a correction that erased words for privacy; null: a version before wrote the row, which made none. `text`
and `text_salt` are null where a correction erased them.

`form`: of the entry; null means 1. `text`: the words of this fact from form 2 on; `text_salt`: the salt of their
hash. `about`: what the fact was about, a JSON object (see `record.about`); null of a fact about no public report, and
of one that a version before wrote. Ignore all three where `entry` is null: a process of the version before erases
`entry`, and leaves them.
"""

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
    Column("epoch", String(16)),
    Column("as_of", Instant),
    Column("touched_from", BigInteger),
    Column("touched_to", BigInteger),
)
"""One row, id 1. `version` grows with every change of a public answer: ETags are made of it.

`epoch`: a random name, drawn anew when this database was found to be older than what was published. `as_of`: no record
that is written from now on gets an earlier `updated_at`. A process of the version before leaves both null in a new row.

`touched_from`, `touched_to`: the versions whose changes are all in `touched`, after the first and up to the second.
Null, or not up to `version`: a process of a version before made the last change.
"""

TOUCHED = Table(
    "touched",
    Base.metadata,
    Column("value", String(255), primary_key=True),
    Column("version", BigInteger, nullable=False),
)
"""The version of the last change of a record that had a value of a column (see `query.touched`), before or after it."""

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
    Column("datasets", LargeBinary),
    Column("changed_at", Instant),
)
"""A release exists once its row does. `size`: of the log; `files`: a JSON array of {"name", "bytes", "sha256"}.

`rows`: of reports. `datasets`: a JSON object of the rows of each dataset; null: a version that had *reports* and
*history* alone cut it. `changed_at`: when what it holds changed last; null in a release of the
version before. `withdrawn_at` and `reason` are null while it stands; `removed`: its files are gone from the
store, too.
"""
