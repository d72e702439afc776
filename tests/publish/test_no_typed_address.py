"""No address that somebody typed is in publish: not of old events, and not of a store of the first versions."""

from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import insert, select, update
from starlette.testclient import TestClient

from kit.db import snapshot, transaction
from kit.waiting import WAITING
from services.publish.record import typed
from services.publish.tables import FaceRow
from tests.publish.conftest import NOW, Desk, disposed, opened

ROOT = Path(__file__).parents[2]
FACE = FaceRow.__table__  # type: ignore[attr-defined]
TYPED = "Gang Melati 17 <pojok>"


def faces(client: TestClient) -> str:
    paths = ("/v1/reports", "/v1/changes", *(f"/open311/v2/requests.{each}" for each in ("json", "xml")))
    return "".join(client.get(path).text for path in paths)


def type_as_before(desk: Desk) -> None:
    """Write an address into each record as the version before does."""
    with transaction(desk.engine) as session:
        for number, json, xml in session.execute(select(FACE.c.number, FACE.c.o311_json, FACE.c.o311_xml)).all():
            old: dict[str, Any] = {
                "o311_json": json.replace(b'"Sukorejo, Dander"', b'"Gang Melati 17 <pojok>"').replace(
                    b'"address":null', b'"address":"Gang Melati 17 <pojok>"'
                ),
                "o311_xml": xml.replace(b"Sukorejo, Dander", b"Gang Melati 17 &lt;pojok&gt;").replace(
                    b"<address/>", b"<address>Gang Melati 17 &lt;pojok&gt;</address>"
                ),
            }
            session.execute(update(FACE).where(FACE.c.number == number).values(address=TYPED, **old))


def test_the_address_of_an_event_of_before_is_passed_over(desk: Desk, client: TestClient) -> None:
    desk.publish(opened(address=TYPED))
    assert "Melati" not in faces(client)
    with snapshot(desk.engine) as session:
        assert session.scalars(select(FACE.c.address)).all() == [None]


def test_a_migration_erases_what_the_first_versions_kept(desk: Desk, client: TestClient, database_url: str) -> None:
    placed, nowhere = opened(), opened(place=None)
    desk.publish(placed, nowhere)
    before = faces(client)
    tag = client.get("/open311/v2/requests.json").headers["etag"]
    type_as_before(desk)
    with transaction(desk.engine) as session:
        event = {"id": "x", "report": "y", "topic": "cases", "partition": 0, "offset": 1, "headers": b"[]", "key": b""}
        value = b'{"text":null,"address":"Gang Melati 17 <pojok>"}'
        session.execute(insert(WAITING).values(**event, value=value, reason="", handled=False, kept_at=NOW))
    assert faces(client).count("Melati") == 4
    config = Config(ROOT / "alembic.ini", ini_section="publish")
    config.set_main_option("script_location", str(ROOT / "services" / "publish" / "migrations"))
    config.attributes["database_url"] = database_url
    command.downgrade(config, "0008")
    command.upgrade(config, "head")
    assert faces(client) == before
    assert client.get("/open311/v2/requests.json", headers={"if-none-match": tag}).status_code == 200
    with snapshot(desk.engine) as session:
        assert session.scalars(select(FACE.c.address)).all() == [None, None]
        assert session.scalars(select(WAITING.c.value)).all() == [b'{"text":null,"address":null}']


def test_what_the_version_before_writes_beside_this_one_is_erased(desk: Desk, client: TestClient) -> None:
    desk.publish(opened(), opened(place=None))
    before, tag = faces(client), client.get("/open311/v2/requests.json").headers["etag"]
    type_as_before(desk)
    assert faces(client).count("Melati") == 4
    with transaction(desk.engine) as session:
        typed.erase(session, desk.region, desk.signer, NOW)
    assert faces(client) == before
    assert client.get("/open311/v2/requests.json", headers={"if-none-match": tag}).status_code == 200
    with snapshot(desk.engine) as session:
        assert session.scalars(select(FACE.c.address)).all() == [None, None]


def test_a_change_erases_what_the_version_before_wrote(desk: Desk, client: TestClient) -> None:
    report = desk.open()
    type_as_before(desk)
    desk.publish(disposed(report))
    assert "Melati" not in faces(client)
    with snapshot(desk.engine) as session:
        assert session.scalars(select(FACE.c.address)).all() == [None]
