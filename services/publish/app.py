"""Publish over HTTP: every public face of the open record, the releases and the log."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI
from sqlalchemy import text

from contracts.region import Region, load_region
from kit import file_checks, log, migrate, problems, web
from kit.db import Reader, open_engine, snapshot
from kit.health import Check
from kit.openapi import operation_id
from services.publish.faces import datasets, open311, rest
from services.publish.faces import log as log_face
from services.publish.faces.answers import PROBLEMS, Answers
from services.publish.faces.catalogue import catalogue
from services.publish.faces.downloads import Downloads
from services.publish.faces.report import ReportsFirst, find_now
from services.publish.record.values import fields_edition
from services.publish.releases.intact import ReleaseChecks
from services.publish.settings import Settings


def create_app(settings: Settings, region: Region | None = None, checks: Sequence[Check] = ()) -> FastAPI:
    """The app on a migrated database. `checks`: of other parts of the process, which /readyz reports too."""
    region = region or load_region(settings.region)
    engine = open_engine(settings.database_url.get_secret_value(), settings.patience)
    reader = Reader(engine)
    lists = catalogue(region)
    answers = Answers(reader, lists.edition + fields_edition())
    downloads = Downloads(settings.files_url)
    releases = ReleaseChecks(engine, settings.files_url, downloads.intact)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        engine.dispose()

    app = FastAPI(
        title="Pendapa publish",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        # Each request would ask anew whether anything collects spans, and nothing here does.
        telemetry={"tracing": False, "metrics": False, "logs": False},
    )
    app.router.redirect_slashes = False  # a redirect would name the address that this process listens on
    problems.install(app, PROBLEMS)

    def database() -> None:
        with snapshot(engine) as session:
            session.execute(text("SELECT 1"))

    def version() -> None:
        migrate.check_version(engine, "publish")

    app.add_middleware(ReportsFirst, reader)
    app.state.find_report = partial(find_now, reader)
    web.operations(app, [version, database, *file_checks.of_database(engine), *releases.all, *checks])
    addresses = open311.ServerAddresses(settings.public_url, settings.open311_test_url)
    hot, documented = rest.routes(reader, region, lists, answers, engine.dialect.name)
    # The plain routes answer; FastAPI's routes of the same paths come after them and only fill the OpenAPI document.
    app.router.routes[:0] = hot
    app.include_router(documented)
    app.include_router(open311.router(reader, region, answers, engine.dialect.name, addresses))
    app.router.routes.extend(log_face.routes(reader, settings))
    app.router.routes.extend(datasets.routes(reader, settings, region, engine, downloads))
    return app


def main() -> None:
    settings = Settings()
    log.setup("publish")
    migrate.upgrade(settings.database_url.get_secret_value(), "publish")
    web.serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
