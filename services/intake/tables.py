"""Intake's tables: reports, contacts, messages and what is known of them. No other database holds personal data."""

from datetime import datetime

from sqlalchemy import BigInteger, Double, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from kit.db import ROW_NUMBER, Instant

ID = String(36)


class Base(SQLModel, registry=registry()):
    """Intake's own metadata."""


class ReportRow(Base, table=True):
    """A report in the reporter's own words. `source` and `source_id`: who delivered it, and their id of it.

    `repeats`: an earlier report of the same reporter in the same words.
    """

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("source", "source_id", name="uq_report_source"),
        Index("report_of_import", "import_number"),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    code: str = Field(unique=True, sa_type=String(8))
    source: str | None = Field(default=None, sa_type=String(160))
    source_id: str | None = Field(default=None, sa_type=String(200))
    channel: str = Field(sa_type=String(16))
    kind: str | None = Field(default=None, sa_type=String(16))
    category: str | None = Field(default=None, sa_type=String(64))
    text: str = Field(sa_type=Text)
    place: str | None = Field(default=None, sa_type=Text)
    lat: float | None = Field(default=None, sa_type=Double)
    long: float | None = Field(default=None, sa_type=Double)
    address: str | None = Field(default=None, sa_type=Text)
    anonymous: bool
    confidential: bool | None = None
    official: bool
    received_at: datetime = Field(sa_type=Instant)
    accepted_at: datetime = Field(sa_type=Instant)
    repeats: str | None = Field(default=None, sa_type=ID)
    elsewhere: str | None = Field(default=None, sa_type=Text)
    """What its source said last of how it ended there, as JSON; null if no official key brought it, and where the
    version before wrote the row. `category`, `place`, `lat`, `long` and `address` are the source's newest, too."""
    import_number: int | None = Field(default=None, sa_type=BigInteger)
    """The import that brought it; null for all others."""


class ImportRow(Base, table=True):
    """A table of reports that officials brought in; undone, its reports were taken back."""

    __tablename__ = "import"

    number: int | None = Field(default=None, primary_key=True, sa_type=ROW_NUMBER)
    name: str | None = Field(default=None, sa_type=String(200))
    source: str | None = Field(default=None, sa_type=String(200))
    made_at: datetime = Field(sa_type=Instant)
    undone_at: datetime | None = Field(default=None, sa_type=Instant)


class ContactRow(Base, table=True):
    """How to reach a report's reporter. `phone` is E.164 if the number could be read, else as the reporter wrote it."""

    __tablename__ = "contact"
    __table_args__ = (Index("ix_contact_phone", "phone"),)

    report: str = Field(primary_key=True, foreign_key="report.id", sa_type=ID)
    phone: str | None = Field(default=None, sa_type=String(64))
    email: str | None = Field(default=None, sa_type=String(254))
    name: str | None = Field(default=None, sa_type=String(200))


class MessageRow(Base, table=True):
    """Every text message as it came, with its reply; a repeated delivery gets that reply again."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("source", "source_id", name="uq_message_source"),
        Index("ix_message_sender", "sender", "received_at"),
    )

    id: str = Field(primary_key=True, sa_type=ID)
    source: str = Field(sa_type=String(160))
    source_id: str = Field(sa_type=String(200))
    sender: str = Field(sa_type=String(64))
    raw: bytes = Field(sa_type=LargeBinary)
    charset: str = Field(sa_type=String(16))
    reply: str | None = Field(default=None, sa_type=Text)
    report: str | None = Field(default=None, sa_type=ID)
    received_at: datetime = Field(sa_type=Instant, index=True)


class JoiningRow(Base, table=True):
    """A message that may be a piece of a longer one: until `due_at` the report's event waits for the other pieces.

    `fills`, `leads`: as in `pieces.Piece`. `files`: the event is the new report's own, not an addition to it.
    """

    __tablename__ = "joining"

    message: str = Field(primary_key=True, foreign_key="message.id", sa_type=ID)
    report: str = Field(sa_type=ID)
    sender: str = Field(sa_type=String(64))
    fills: bool
    leads: bool
    files: bool
    came_at: datetime = Field(sa_type=Instant)
    due_at: datetime = Field(sa_type=Instant)


class FingerprintRow(Base, table=True):
    """A hash of the words of a report and of its sender, by which a repeat is known; forgotten after some days."""

    __tablename__ = "fingerprint"

    digest: str = Field(primary_key=True, sa_type=String(64))
    report: str = Field(sa_type=ID)
    source: str | None = Field(default=None, sa_type=String(160))
    at: datetime = Field(sa_type=Instant, index=True)


class TokenRow(Base, table=True):
    """The hash of a token that was given to a report's reporter, by which the report is found; never the token."""

    __tablename__ = "token"

    digest: str = Field(primary_key=True, sa_type=String(32))
    report: str = Field(sa_type=ID)


class StepRow(Base, table=True):
    """What happened to a report, and what its reporter said of it, as the reporter may read it."""

    __tablename__ = "step"
    __table_args__ = (Index("step_of_report", "report", "number"),)

    number: int | None = Field(default=None, primary_key=True, sa_type=ROW_NUMBER)
    report: str = Field(sa_type=ID)
    at: datetime = Field(sa_type=Instant)
    what: str = Field(sa_type=String(16))
    by: str = Field(sa_type=String(16))
    agency: str | None = Field(default=None, sa_type=String(64))
    text: str | None = Field(default=None, sa_type=Text)
    reason: str | None = Field(default=None, sa_type=Text)
    acted: bool | None = None
    closure: str | None = Field(default=None, sa_type=String(32))


class AttachmentRow(Base, table=True):
    """A photo or file sent with a report: its bytes, or its URL. It never leaves intake."""

    __tablename__ = "attachment"

    report: str = Field(primary_key=True, foreign_key="report.id", sa_type=ID)
    number: int = Field(primary_key=True)
    media_type: str | None = Field(default=None, sa_type=String(127))
    content: bytes | None = Field(default=None, sa_type=LargeBinary)
    url: str | None = Field(default=None, sa_type=Text)


class StandingRow(Base, table=True):
    """Where a report stands after the events of its case; CEK is answered from this."""

    __tablename__ = "standing"

    report: str = Field(primary_key=True, sa_type=ID)
    status: str = Field(sa_type=String(16))
    agency: str | None = Field(default=None, sa_type=String(64))
    closure: str | None = Field(default=None, sa_type=String(32))
    updated_at: datetime = Field(sa_type=Instant)
    due_at: datetime | None = Field(default=None, sa_type=Instant)
    escalated_at: datetime | None = Field(default=None, sa_type=Instant)
    hidden_at: datetime | None = Field(default=None, sa_type=Instant)
    merged_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it was merged into another report, of which the rest tells since; null: it was not, or was split again."""
    duplicate_of: str | None = Field(default=None, sa_type=ID)
    """That report, if the public may know."""
    reason: str | None = Field(default=None, sa_type=Text)
