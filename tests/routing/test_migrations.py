"""The migrations make the tables that the code describes, and can be taken back."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from kit import migrate
from kit.db import transaction
from services.routing import feed
from tests.routing.conftest import NOW, Routing

ROOT = Path(__file__).parents[2]
ROAD = "Jalan rusak di desa Sumberarum Dander"


def configuration(database_url: str) -> Config:
    config = Config(ROOT / "alembic.ini", ini_section="routing")
    config.set_main_option("script_location", str(ROOT / "services" / "routing" / "migrations"))
    config.attributes["database_url"] = database_url
    return config


def test_the_tables_are_those_of_the_code_and_can_be_taken_back(database_url: str) -> None:
    migrate.upgrade(database_url, "routing")
    config = configuration(database_url)
    command.check(config)
    command.downgrade(config, "base")
    migrate.upgrade(database_url, "routing")


def test_reports_that_were_open_before_agency_events_get_an_event(routing: Routing, database_url: str) -> None:
    disposed, held, closed = (
        routing.report(ROAD),
        routing.report("Mohon bantuan untuk warga kami"),
        routing.report(ROAD),
    )
    routing.do("dpu", closed, "close", closure="done")
    config = configuration(database_url)
    command.downgrade(config, "0001")
    command.upgrade(config, "head")
    with transaction(routing.engine) as session:
        feed.put_in_order(session, NOW)
        rows = [row for who in ("dpu", "official") for row in feed.after(session, who, 0, 10)]
    assert [(row.report, row.type, row.agency, row.status) for row in rows] == [
        (disposed, "report.disposed", "dpu", "disposed"),
        (held, "report.held", None, "held"),
    ]
