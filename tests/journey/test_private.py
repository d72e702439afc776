"""A resident's personal data is nowhere outside intake's database: the tests read the raw bytes of all files."""

from pathlib import Path

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


def leaks(data: Path) -> list[str]:
    """Files outside intake's database that hold a secret: the bus, other databases, releases, logs, broker segments."""
    files = [path for path in data.rglob("*") if path.is_file() and path.name not in INTAKES_OWN]
    files = [path for path in files if "postgres" not in path.parts]  # its databases are read as rows, below
    return [f"{path.name}: {secret}" for path in files for secret in SECRETS if secret.encode() in path.read_bytes()]


def leaks_in_postgres(system: System) -> list[str]:
    import psycopg

    from pendapa.live.postgres import Postgres

    url = Postgres(system.data / "distributed/postgres").up().replace("+psycopg", "").rsplit("/", 1)[0]
    leaked = []
    for database in ("routing", "publish"):
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
                leaked += [f"{database}.{table}: {secret}" for secret in SECRETS if secret in rows + raw]
    return leaked
