"""`pendapa check`: looks at everything that a server keeps, and prints one line for each fault."""

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Engine

from kit.db import open_engine
from pendapa.backups import published as logs
from pendapa.checks import published, settings, stores, waiting
from pendapa.fault import Fault
from pendapa.footing import Footing
from pendapa.home import Home
from pendapa.plan import SERVICES
from pendapa.replay import database_url
from pendapa.screen import out
from services.publish.log.checkpoint import BadKey


def check(footing: Footing, data: Path, region: Path) -> int:
    """Print the faults, whether the server runs or not, and change nothing; 1 if there are any."""
    count = 0
    for fault in _faults(footing, data, region):
        count += 1
        out.print(fault, markup=False)
    if not count:
        out.print("No faults: settings, stores, the log and the record, releases, and nothing is parked")
    return 1 if count else 0


def _faults(footing: Footing, data: Path, region: Path) -> Iterator[str]:
    home = Home(data, footing)
    if home.store.is_dir():
        yield from settings.of_folder(home)
    databases: dict[str, str] = {}
    for service in SERVICES:
        try:
            databases[service] = database_url(service, footing, data)
        except Fault as fault:
            yield str(fault)
    bus = home.store / "bus.sqlite" if footing is Footing.embedded else None
    broken = list(stores.usable(databases, bus))
    yield from broken
    if broken or len(databases) < len(SERVICES):
        yield "what the stores hold was not compared: mend them first, or bring back a backup (pendapa restore)"
        return
    yield from settings.of_region(region, home, databases)
    yield from stores.ahead(databases)
    for service, url in databases.items():
        engine = open_engine(url)
        try:
            yield from waiting.faults(service, engine)
            if service == "publish":
                yield from _of_publish(engine, url, home)
        finally:
            engine.dispose()


def _of_publish(engine: Engine, url: str, home: Home) -> Iterator[str]:
    try:
        yield from published.faults(engine, logs.of_server(home, home.log_copy(), url))
    except (BadKey, Fault) as error:
        yield f"publish: {error}"
