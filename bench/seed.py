"""Fills a publish database with invented public reports, and the same rows into the peer's table."""

import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from uuid import UUID

from contracts.region import Region, load_region
from kit import migrate
from kit.db import open_engine, transaction
from services.publish.record import store
from services.publish.record.facts import Record, Step

ROOT = Path(__file__).parents[1]
REGION = ROOT / "regions/bojonegoro"
_STATES = ("disposed", "in_progress", "responded", "closed", "closed", "closed")
_WORDS = (
    *("jalan", "rusak", "lubang", "besar", "dekat", "pasar", "lampu", "mati", "sejak", "senin", "malam", "banjir"),
    *("selokan", "tersumbat", "sampah", "menumpuk", "air", "keruh", "petugas", "belum", "datang", "mohon", "segera"),
    *("diperbaiki", "warga", "desa", "jembatan", "retak", "pohon", "tumbang", "menutup", "kabel"),
)
NEWEST = datetime(2026, 11, 1, tzinfo=UTC)


def records(region: Region, count: int, seed: int = 1) -> Iterator[Record]:
    """`count` reports of about 25 words, two minutes apart, newest last."""
    chance = random.Random(seed)
    categories = [category for category in region.categories.values() if not category.sensitive]
    places = [place for place in region.places.values() if place.kecamatan_code != place.code]
    for n in range(count):
        category, place = chance.choice(categories), chance.choice(places)
        at = NEWEST - timedelta(minutes=2 * (count - n))
        status = chance.choice(_STATES)
        step = Step(at, "opened")
        values = {
            "id": str(UUID(int=chance.getrandbits(128), version=4)),
            "kind": chance.choice(("complaint", "complaint", "information", "aspiration")),
            "channel": chance.choice(("sms", "whatsapp", "web")),
            "category": category.code,
            "place": {"code": place.code, "name": place.name, "kecamatan": place.kecamatan or ""},
            "lat": round(-7.4 + chance.random() / 2, 6),
            "long": round(111.5 + chance.random() / 2, 6),
            "text": " ".join(chance.choices(_WORDS, k=25)),
            "received_at": at,
            "verified_at": at,
            "updated_at": at + timedelta(days=1),
            "agency": category.agency,
            "status": status,
            "due_at": at + timedelta(days=7),
            "closed_at": at + timedelta(days=1) if status == "closed" else None,
            "closure": "done" if status == "closed" else None,
        }
        yield Record(values, history=(step, Step(at, "disposed", {"agency": category.agency})))


def fill(database: Path, count: int) -> None:
    """A publish database with `count` reports."""
    url = f"sqlite:///{database}"
    migrate.upgrade(url, "publish")
    engine, region = open_engine(url), load_region(REGION)
    made = records(region, count)
    while some := list(islice(made, 5000)):
        with transaction(engine) as session:
            store.write(session, [store.WrittenRecord(None, record, ()) for record in some], region)
    engine.dispose()


def fill_peer(database: Path, count: int) -> None:
    """The same reports as a plain table for Datasette, with the indexes that its question needs."""
    with closing(sqlite3.connect(database)) as peer, peer:
        peer.execute(
            "CREATE TABLE report (id TEXT PRIMARY KEY, kind, channel, category, agency, place_code, place, kecamatan, "
            "lat REAL, long REAL, status, text, received_at, verified_at, due_at, updated_at, closed_at, closure)"
        )
        rows = (_peer_row(record) for record in records(load_region(REGION), count))
        peer.executemany(f"INSERT INTO report VALUES ({', '.join('?' * 18)})", rows)
        peer.execute("CREATE INDEX newest ON report (agency, status, received_at)")
        peer.execute("ANALYZE")


def _peer_row(record: Record) -> tuple[object, ...]:
    words = [record.word(name) for name in ("id", "kind", "channel", "category", "agency")]
    place = [record.part("place", name) for name in ("code", "name", "kecamatan")]
    times = [record.time(name) for name in ("received_at", "verified_at", "due_at", "updated_at", "closed_at")]
    return (
        *(*words, *place, record.number("lat"), record.number("long"), record.status, record.word("text")),
        *(at and at.isoformat() for at in times),
        record.word("closure"),
    )
