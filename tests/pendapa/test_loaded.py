"""A process loads no library that its work does not need: a journalist's `pendapa verify` starts without a server's."""

import subprocess
import sys

import pytest

from tests.publish.keeping import KEPT

RELEASE, KEY = KEPT / "form2/release", KEPT / "form2/log.key"
SERVERS = frozenset({"alembic", "fastapi", "kit.db", "pandas", "sqlalchemy", "sqlmodel", "starlette", "uvicorn"})
RUN = """
import contextlib, sys
from pendapa.main import main
with contextlib.suppress(SystemExit):
    main()
print(*sys.modules, sep="\\n", file=sys.stderr)
"""


def loaded(code: str, *arguments: str) -> set[str]:
    """The modules that are loaded at the end of this code, which prints them to standard error."""
    command = [sys.executable, "-c", code, *arguments]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stderr.split("\n"))


@pytest.mark.parametrize("arguments", [["--help"], ["verify", str(RELEASE), "--key", str(KEY)]], ids=["help", "verify"])
def test_help_and_verify_load_no_server_and_no_database(arguments: list[str]) -> None:
    modules = loaded(RUN, *arguments)
    assert "pendapa.main" in modules
    assert modules & SERVERS == set()


@pytest.mark.parametrize("service", ["intake", "publish", "routing"])
def test_a_services_app_loads_no_server_no_migration_and_no_driver_before_it_needs_them(service: str) -> None:
    code = f"import sys, services.{service}.app; print(*sys.modules, sep='\\n', file=sys.stderr)"
    modules = loaded(code)
    assert f"services.{service}.app" in modules
    unneeded = {"alembic", "kafka", "psycopg", "pyarrow", "uvicorn"}
    if service == "intake":  # an index of the others has a condition for PostgreSQL, which SQLAlchemy loads to read it
        unneeded.add("sqlalchemy.dialects.postgresql")
    assert modules & unneeded == set()


def test_the_embedded_footing_starts_without_what_only_some_reports_or_the_other_footing_need() -> None:
    modules = loaded("import sys, pendapa.embedded; print(*sys.modules, sep='\\n', file=sys.stderr)")
    assert "services.routing.worker" in modules
    assert modules & {"alembic", "kafka", "pandas", "psycopg", "pyarrow", "scipy", "shapely"} == set()
