"""Routing over HTTP: `/agency/v1`, where agencies and officials work."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from http import HTTPStatus

from fastapi import FastAPI
from sqlalchemy import text

from contracts.region import Region, load_region
from kit import conditions, file_checks, idempotency, log, migrate, problems, web
from kit.caller import require_gateway
from kit.db import open_engine, snapshot
from kit.health import Check
from kit.openapi import operation_id
from kit.problems import INVALID, Problem, Problems
from kit.query import BadParameter
from kit.writer import Writer
from services.routing import openapi
from services.routing.answers import UnknownAnswer
from services.routing.cases import UnknownReport
from services.routing.desk import UnknownName
from services.routing.feed import ForgottenCursor, UnknownCursor
from services.routing.feed_routes import add_events, add_webhooks
from services.routing.model_routes import add_model
from services.routing.models import ModelInUse
from services.routing.pinging import add_pings
from services.routing.repeating import DoneAlready, NotNow
from services.routing.reviewing import SuspectedWords
from services.routing.routes import RouteContext, add_acts, add_reading
from services.routing.rules import Rules
from services.routing.sending import Sender
from services.routing.settings import Settings
from services.routing.webhooks import BadWebhook, NoWebhook

PROBLEMS: Problems = {
    UnknownReport: Problem(HTTPStatus.NOT_FOUND, "unknown-report", "No such report"),
    DoneAlready: Problem(HTTPStatus.CONFLICT, "done-already", "This was done already"),
    NotNow: Problem(HTTPStatus.CONFLICT, "not-now", "The report does not allow this now"),
    BadParameter: INVALID,
    UnknownName: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown-name", "The region has nothing of this name"),
    SuspectedWords: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "personal-data", "These words may have personal data"),
    UnknownAnswer: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "unknown-answer", "The report has no such answer"),
    UnknownCursor: Problem(HTTPStatus.NOT_FOUND, "unknown-cursor", "No event has this cursor"),
    ForgottenCursor: Problem(HTTPStatus.GONE, "forgotten-cursor", "Events after this cursor are kept no more"),
    NoWebhook: Problem(HTTPStatus.NOT_FOUND, "no-webhook", "No webhook is set"),
    BadWebhook: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "bad-webhook", "Nothing may be sent there"),
    **conditions.PROBLEMS,
    **idempotency.PROBLEMS,
}


def create_app(settings: Settings, region: Region | None = None, checks: Sequence[Check] = ()) -> FastAPI:
    """The app on its database, which must be migrated. `checks`: further ones for /readyz, as of a worker beside it."""
    rules = Rules(region or load_region(settings.region))
    engine = open_engine(settings.database_url.get_secret_value(), settings.patience)
    writer = Writer(engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        writer.close()
        engine.dispose()

    app = FastAPI(
        title="Pendapa routing",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
        separate_input_output_schemas=False,
    )
    app.router.redirect_slashes = False  # a redirect would show the internal address of this server
    problems.install(app, PROBLEMS)

    def database() -> None:
        with snapshot(engine) as session:
            session.execute(text("SELECT 1"))

    def version() -> None:
        migrate.check_version(engine, "routing")

    web.operations(app, [version, database, *file_checks.of_database(engine), *checks], alive=[writer.writer])

    context = RouteContext(engine, writer, rules, require_gateway(settings.gateway_secret))
    add_reading(app, context)
    add_acts(app, context)
    add_events(app, context)
    add_webhooks(app, context, private=settings.private_webhooks)
    add_pings(app, context, Sender(private=settings.private_webhooks))
    add_model(app, context, ModelInUse(settings.region))
    openapi.install(app, rules)
    return app


def main() -> None:
    settings = Settings()
    log.setup("routing")
    migrate.upgrade(settings.database_url.get_secret_value(), "routing")
    web.serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
