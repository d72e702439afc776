"""Invented reports in a database of publish, as its worker would have left them."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import orjson
from sqlalchemy import Engine, delete, insert, update
from sqlmodel import Session

from contracts.region import load_region
from contracts.times import utc
from kit.db import transaction
from services.publish.log import checkpoint, leaves
from services.publish.record import entries, values
from services.publish.record.facts import Record, Step
from services.publish.releases import cut as cutting
from services.publish.releases import numbers
from services.publish.releases.files import Files
from services.publish.tables import Base, RecordRow

RECORD = RecordRow.__table__  # type: ignore[attr-defined]
REGION = load_region(Path(__file__).parents[1] / "regions" / "tiny")
NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
# The example of the format's makers.
LOG_KEY = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
SIGNER = checkpoint.read_signer(LOG_KEY)
KEY = str(SIGNER.verifier)
TEXTS = (
    "Jalan rusak, bolong",
    "=cmd|' /C calc'!A0",
    '-1 "dikutip"\nbaris dua',
    "الطريق 🚧",
    "'petik",
    "",
    "+62 dst",
    "@a",
    "\ttab",
)


def make_tables(engine: Engine) -> None:
    Base.metadata.create_all(engine)


def document(number: int, status: str = "disposed", text: str | None = None) -> dict[str, object]:
    place = {"code": "35.22.15.1001", "name": "Kepatihan", "kecamatan": "Bojonegoro"} if number % 3 else None
    received = NOW - timedelta(days=30) + timedelta(seconds=number)
    return {
        "id": str(UUID(int=(number * 0x9E3779B97F4A7C15F39CC0605CEDC835) % (1 << 128), version=4)),
        "kind": "complaint",
        "channel": "sms",
        "category": "jalan",
        "agency": "dpubmpr" if number % 2 else None,
        "place": place,
        "lat": -7.15 - number / 1000 if number % 4 else None,
        "long": 111.0 + number / 1000 if number % 4 else None,
        "status": status,
        "text": TEXTS[number % len(TEXTS)] if text is None else text,
        "received_at": utc(received),
        "verified_at": "2026-11-24T05:00:00.123Z",
        "due_at": None,
        "updated_at": "2026-11-24T05:00:00.000Z",
        "closed_at": None,
        "closure": None,
        "place_from": None,
        "responded_at": None,
        "closes_at": None,
        "escalated_at": None,
        "duplicate_of": None,
        "reported_by": 1,
    }


def committed(doc: dict[str, object], what: str, reason: str = "by machine") -> entries.Committed:
    """The record of a document and the fact of what happened to it."""
    step = Step(NOW, what, {"agency": "dpubmpr", "reason": reason, "text": "Sudah" if what == "closed" else None})
    salt = UUID(str(doc["id"])).bytes if doc["text"] is not None else None
    return entries.commit_to(Record(values.read(orjson.dumps(doc)), text_salt=salt, history=(step,)))


def fact(doc: dict[str, object], what: str, reason: str = "by machine") -> leaves.LogFact:
    made = committed(doc, what, reason).fact
    assert isinstance(made, leaves.LogFact)
    return made


def publish(session: Session, numbers: Iterable[int]) -> None:
    """Open these reports, two facts each."""
    docs = [document(number) for number in numbers]
    facts = [each for doc in docs for each in (fact({**doc, "status": "verified"}, "verified"), fact(doc, "disposed"))]
    leaves.append(session, facts, NOW, SIGNER)
    session.execute(insert(RECORD), [_row(doc) for doc in docs])


def change(session: Session, number: int, text: str) -> None:
    doc = document(number, "closed", text)
    leaves.append(session, [fact(doc, "closed", "done")], NOW, SIGNER)
    session.execute(update(RECORD).where(RECORD.c.id == doc["id"]).values(doc=orjson.dumps(doc)))


def hiding(report: str, reason: str = "it named a child") -> leaves.LogHiding:
    return entries.hide(report, Step(NOW, "hidden", {"reason": reason}))


def hide(session: Session, number: int) -> None:
    id = str(document(number)["id"])
    leaves.append(session, [hiding(id)], NOW, SIGNER)
    session.execute(delete(RECORD).where(RECORD.c.id == id))


def cut(engine: Engine, folder: Path) -> Path:
    """A release of the database, in a folder."""
    number = cutting.cut(engine, Files(f"file://{folder}"), SIGNER, REGION, NOW)
    return folder / numbers.folder(number)


def fill(engine: Engine, count: int) -> None:
    """`count` reports; the second is closed, and the fourth is hidden."""
    make_tables(engine)
    with transaction(engine) as session:
        publish(session, range(count))
        change(session, 1, "=1+1, sudah diperbaiki")
        hide(session, 3)


def _row(doc: dict[str, object]) -> dict[str, object]:
    columns = {name: doc[name] for name in ("id", "kind", "channel", "category", "agency", "status")}
    received = datetime.fromisoformat(str(doc["received_at"]))
    times = {"received_at": received, "updated_at": NOW, "verified_at": NOW}
    columns_id = str(doc["id"])
    return {**columns, **times, "withheld": False, "doc": orjson.dumps(doc), "text_salt": UUID(columns_id).bytes}
