"""The migrations make the tables that the code describes, and can be taken back."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from kit import migrate

ROOT = Path(__file__).parents[2]


def test_the_tables_are_those_of_the_code_and_can_be_taken_back(database_url: str) -> None:
    migrate.upgrade(database_url, "routing")
    config = Config(ROOT / "alembic.ini", ini_section="routing")
    config.set_main_option("script_location", str(ROOT / "services" / "routing" / "migrations"))
    config.attributes["database_url"] = database_url
    command.check(config)
    command.downgrade(config, "base")
    migrate.upgrade(database_url, "routing")
