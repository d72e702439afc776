"""A resident's personal data is nowhere outside intake's database, and what is private is on no public face.

The tests read the raw bytes of all files, and of every answer that can be reached by links.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.journey.system import System

PHONE, LOCAL, EMAIL, NAME = "+62811777001", "0811777001", "rahasia.sekali@warga.example", "Sumarsonoputro"
SECRETS = [PHONE[1:], LOCAL, "811777001", EMAIL, NAME.casefold(), NAME]
INTAKES_OWN = {"intake.sqlite", "intake.sqlite-wal", "intake.sqlite-shm"}


def test_contact_and_sender_stay_in_intake(system: System) -> None:
    words = f"BJN jalan rusak di desa Tapelan kecamatan Kapas, hubungi saya {LOCAL} atau 0811-777-001"
    by_sms = system.report_of(system.sms(words, id=f"private-{PHONE}", sender=PHONE))
    answer = system.http.post(
        "/v1/reports",
        headers=system.bearer("filing"),
        json={
            "text": f"Saya {NAME}, lampu jalan mati di desa Campurejo, surel {EMAIL}, telepon {LOCAL}",
            "category": "lampu-jalan",
            "contact": {"phone": PHONE, "email": EMAIL, "name": NAME},
        },
    )
    assert answer.status_code == 202, answer.text
    for report in (by_sms, answer.json()["id"]):
        public = str(system.public(report)).casefold()
        assert not [secret for secret in SECRETS if secret.casefold() in public]
    system.release()
    assert not leaks(system.data)
    assert not [s for s in SECRETS if s.encode() in (system.data.parent / "system.log").read_bytes()]
    if system.footing == "distributed":
        assert not leaks_in_postgres(system)


ADDRESS = "Gang Melati Jingga"
"""What people type as an address: routing has it, for officials and the agency, and nothing that is public."""
TYPED = "0811777002"
"""A number that an agency types into its answer: routing has it, as the agency wrote it."""
PRIVATE = [*SECRETS, ADDRESS, TYPED]
UNREAD = ("/agency/", "/channels/", "/metrics")
"""Not public, or written by nobody's report."""
_LINK = re.compile(r'"((?:/|\./)[^"\s<>\\]{1,400})"')


def test_a_typed_address_a_number_and_a_name_are_on_no_public_face(system: System) -> None:
    reports = file_everywhere(system)
    for report in reports:
        officer = system.bearer("agency", system.public(report, "disposed")["agency"])
        shown = system.http.get(f"/agency/v1/reports/{report}", headers=officer).json()
        assert ADDRESS in shown["address"], "the agency must find the house"
        assert system.act(report, "respond", officer, text=f"Kami datang; tanya {TYPED}", acted=True).is_success
        assert system.public(report, "responded")["place"]["name"] == "Kapas"
        events = system.http.get("/agency/v1/events?limit=1000", headers=officer).text
        assert not secrets_in(events.encode())
    release = system.release()
    asked = dict(answers(system, reports))
    request = f"/open311/v2/requests/{reports[0]}.xml"
    for face in (f"/v1/reports/{reports[0]}", request, "/v1/changes", "/log/checkpoint", "/v1/datasets"):
        assert any(path.startswith(face) and body for path, body in asked.items()), f"{face} was not asked"
    assert {file["url"].removeprefix(str(system.http.base_url).rstrip("/")) for file in release["files"]} <= set(asked)
    assert {path: found for path, body in asked.items() if (found := secrets_in(body))} == {}
    sent = system.ask("SELECT body FROM sent WHERE body IS NOT NULL")
    assert not secrets_in(b"".join(bytes(body) for (body,) in sent["routing"])), "on the bus, in cases"
    assert not secrets_in((system.data.parent / "system.log").read_bytes())
    if system.footing == "embedded":
        stores = ("routing.sqlite", "bus.sqlite")
        assert not [each for each in leaks(system.data, PRIVATE) if not each.startswith(stores)]
    else:
        assert not leaks_in_postgres(system, ("publish",), PRIVATE)


def file_everywhere(system: System) -> list[str]:
    """The ids of one report each by REST and by Open311, with an address, at the centre of the desa Kapas."""
    by_rest: dict[str, Any] = {
        "text": "Lampu jalan mati dekat rumah saya",
        "category": "lampu-jalan",
        "address": f"{ADDRESS} 17",
        "contact": {"phone": PHONE, "email": EMAIL, "name": NAME},
        "anonymous": True,
    }
    form = {
        "service_code": "lampu-jalan",
        "description": "Lampu jalan padam sudah tiga malam",
        "address_string": f"{ADDRESS} 19",
        "first_name": NAME,
        "email": EMAIL,
        "phone": PHONE,
        "api_key": system.keys["filing"],
    }
    places = system.http.get("/v1/places").json()["places"]
    (where,) = [{"lat": p["lat"], "long": p["long"]} for p in places if (p["name"], p["type"]) == ("Kapas", "desa")]
    filed = system.http.post("/v1/reports", headers=system.bearer("filing"), json=by_rest | where)
    [request] = system.http.post("/open311/v2/requests.json", data=form | where).json()
    return [filed.json()["id"], request["service_request_id"]]


def answers(system: System, reports: list[str], most: int = 2000) -> Iterator[tuple[str, bytes]]:
    """Each public path that the API's description names, and that an answer links to, with its answer."""
    base = str(system.http.base_url).rstrip("/")
    described = system.http.get("/openapi.json").json()["paths"]
    fill = {"format": "json", "service_code": "lampu-jalan", "dataset": "reports", "number": "latest"}
    public = [path for path in described if "get" in described[path] and not path.startswith(UNREAD)]
    named = [re.sub(r"{(\w+)}", lambda match: fill.get(match[1], reports[0]), path) for path in public]
    paths = dict.fromkeys(["/", "/docs", "/data", "/v1/places?format=geojson", *named])
    for report in reports:
        kinds = (f"/v1/reports/{report}", *(f"/open311/v2/requests/{report}.{each}" for each in ("json", "xml")))
        paths |= dict.fromkeys([*kinds, f"/v1/reports/{report}/proof", f"{kinds[1]}?extensions=true"])
    paths |= dict.fromkeys(["/open311/v2/requests.xml", "/v1/reports?limit=1000", "/v1/changes?limit=1000"])
    waiting = list(paths)
    while waiting and len(paths) < most:
        path = waiting.pop(0)
        answer = system.http.get(path)
        yield path, answer.content
        links = _LINK.findall(answer.text.replace(base, "")) if len(answer.content) < 1_000_000 else []
        new = [link for link in links if link not in paths and not link.startswith(UNREAD)]
        paths |= dict.fromkeys(new)
        waiting += new


def secrets_in(content: bytes) -> list[str]:
    return [secret for secret in PRIVATE if secret.encode() in content]


def leaks(data: Path, secrets: list[str] = SECRETS) -> list[str]:
    """Files outside intake's database that hold a secret: the bus, other databases, releases, logs, broker segments."""
    files = [path for path in data.rglob("*") if path.is_file() and path.name not in INTAKES_OWN]
    files = [path for path in files if "postgres" not in path.parts]  # its databases are read as rows, below
    return [f"{path.name}: {secret}" for path in files for secret in secrets if secret.encode() in path.read_bytes()]


def leaks_in_postgres(
    system: System, databases: tuple[str, ...] = ("routing", "publish"), secrets: list[str] = SECRETS
) -> list[str]:
    import psycopg

    from pendapa.live.postgres import Postgres

    url = Postgres(system.data / "distributed/postgres").up().replace("+psycopg", "").rsplit("/", 1)[0]
    leaked = []
    for database in databases:
        with psycopg.connect(f"{url}/{database}") as connection:
            tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            for (table,) in tables:
                rows = str(connection.execute(f'SELECT * FROM "{table}"').fetchall())
                raw = str(
                    [
                        bytes(v)
                        for r in connection.execute(f'SELECT * FROM "{table}"')
                        for v in r
                        if isinstance(v, bytes)
                    ]
                )
                leaked += [f"{database}.{table}: {secret}" for secret in secrets if secret in rows + raw]
    return leaked
