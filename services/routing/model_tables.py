"""The tables of what a model learns from and of the models that were made of it. Core tables."""

from sqlalchemy import Column, Index, LargeBinary, String, Table, Text

from kit.db import ROW_NUMBER, Instant
from services.routing.tables import Base

DECISION = Table(
    "decision",
    Base.metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("report", String(36), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", String(64), nullable=False),
    Column("move", String(16), nullable=False),
    Column("agency", String(64)),
    Column("category", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("spam", String(16)),
    Index("decision_of_report", "report", "number"),
)
"""What a person decided of a report. Its words are in `case` alone, and no model learns from words that are gone.

`agency`: null if the report got none; `spam`: `none` of one that became public, what it was held for of a rejected one.
"""

MODEL = Table(
    "model",
    Base.metadata,
    Column("number", ROW_NUMBER, primary_key=True),
    Column("id", String(16), nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("card", Text, nullable=False),
)
"""The models that this government made; the one of the highest number is in use. `content`: the file of a model."""
