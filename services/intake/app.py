"""Intake over HTTP: the endpoints that take in reports and messages. Routes translate; they do not decide."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus

from fastapi import FastAPI, Request
from sqlalchemy import text
from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from contracts import open311 as shapes
from contracts.region import Region, load_region
from kit import clock, file_checks, idempotency, log, migrate, problems, web
from kit.caller import require_gateway
from kit.db import Reader, open_engine, snapshot
from kit.health import Check
from kit.idempotency import KeptAnswer
from kit.openapi import operation_id
from kit.problems import Problem, Problems
from kit.writer import Writer
from services.intake import channels, follow_routes, many, messages, open311, openapi, rest, sources
from services.intake.domain import Receipt, parse_token
from services.intake.filing import Filer, receive_once
from services.intake.follow_routes import add_following
from services.intake.following import Following
from services.intake.gathering import Gathering
from services.intake.handlers import Draft
from services.intake.import_routes import add_imports
from services.intake.imports import ImportNotOpen, UnknownImport
from services.intake.receiving import add_channels
from services.intake.replies import Replies
from services.intake.settings import Settings
from services.intake.tokens import Tokens

PROBLEMS: Problems = {
    rest.UnreadableBody: problems.UNREADABLE,
    UnknownImport: Problem(HTTPStatus.NOT_FOUND, "unknown-import", "No such import"),
    ImportNotOpen: Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "import-not-open", "The import takes no reports"),
    **follow_routes.PROBLEMS,
    many.CannotChange: Problem(HTTPStatus.CONFLICT, "cannot-change", "A report that came before cannot change so"),
    **idempotency.PROBLEMS,
}

_TOKEN = "SELECT id, code FROM report WHERE id = :id OR code = :code"  # noqa: S105  # a query, no secret


def create_app(settings: Settings, region: Region | None = None, checks: Sequence[Check] = ()) -> FastAPI:
    """The app on its database, which must be migrated. `checks` are further ones for /readyz, such as of a worker."""
    region = region or load_region(settings.region)
    engine = open_engine(settings.database_url.get_secret_value(), settings.patience)
    writer, reader, replies = Writer(engine), Reader(engine), Replies(region)
    country = region.phone_country
    tokens = Tokens(settings.follow_secret, region.follow_url)
    linked = tokens if region.follow_url else None
    rules = messages.MessageRules(replies, country, timedelta(seconds=settings.join_seconds), linked)

    def receive(session: Session, drafts: Sequence[Draft]) -> list[Receipt]:
        receipts = receive_once(session, drafts, country, clock.now())
        tokens.note(session, [receipt.id for receipt in receipts if not receipt.faults])
        return receipts

    gathering = Gathering(writer, receive)
    filer = Filer(writer, gathering, receive)
    caller = require_gateway(settings.gateway_secret)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        writer.close()
        engine.dispose()

    app = FastAPI(
        title="Pendapa intake",
        version="1",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        generate_unique_id_function=operation_id,
    )
    app.router.redirect_slashes = False  # a redirect would name this process's internal address
    problems.install(app, PROBLEMS)

    def database() -> None:
        with snapshot(engine) as session:
            session.execute(text("SELECT 1"))

    def version() -> None:
        migrate.check_version(engine, "intake")

    web.operations(app, [version, database, *file_checks.of_database(engine), *checks], alive=[writer.writer])

    async def file_report(request: Request) -> Response:
        """File a report, or many. The answer comes once they are durable; a source id files only one report."""
        role = caller(request)
        role.need("filing", "official")
        body, now = await request.body(), clock.now()
        answer = partial(many.receipt_answer, replies.emergencies)
        is_many = many.is_ndjson(request.headers.get("content-type", ""))
        keyed = idempotency.keyed(request, role, (b"lines\n" if is_many else b"") + body)
        holder = role.key or sources.FILING
        read = partial(rest.read, official=role.role == "official", region=region, now=now, holder=holder)
        if is_many:
            lines = many.lines_of(body)
            file = await filer.file_lines(keyed, answer)
            answers = await many.file_each(lines, read, file, PROBLEMS, tokens)
            return Response(answers, 200, media_type=many.MEDIA_TYPE)
        kept = await filer.file(read(body), keyed, answer)
        return many.with_token(tokens, kept).response()

    app.add_route(many.PATH, file_report, methods=["POST"], include_in_schema=False)  # openapi.py describes it

    add_following(app, engine, writer, caller, Following(region, replies, tokens))
    add_imports(app, engine, filer, caller)
    add_channels(
        app,
        channels.of(region),
        caller,
        writer,
        partial(messages.receive_message, rules=rules),
    )

    @app.post("/open311/v2/requests", include_in_schema=False)
    @app.post("/open311/v2/requests.{format}", **openapi.OPEN311_POST)
    async def file_service_request(request: Request) -> Response:
        """Open311 GeoReport v2: POST Service Request."""
        role, format = caller(request), open311.format_of(request)
        role.need("filing", "official")
        filing = await open311.read_form(request)
        open311.check_jurisdiction(request, filing.fields, region)
        official = role.role == "official"
        now = clock.now()
        said = filing.said()
        draft = open311.draft(filing, official=official, region=region, now=now)
        draft = replace(draft, sent=idempotency.digest(repr(role).encode(), said))
        answer = partial(_open311_receipt, replies, format, now)
        return (await filer.file(draft, idempotency.keyed(request, role, said), answer)).response()

    @app.get("/open311/v2/tokens/{token}", include_in_schema=False)
    @app.get("/open311/v2/tokens/{token}.{format}", **openapi.OPEN311_TOKEN)
    async def find_service_request(request: Request) -> Response:
        """Open311 GeoReport v2: GET service_request_id from a token, which is a report's code or id."""
        caller(request)
        token, format = request.path_params["token"], open311.format_of(request)
        open311.check_jurisdiction(request, {}, region)
        rows = await reader.rows(_TOKEN, parse_token(token)._asdict())
        if not rows:
            raise HTTPException(404, "token: there is no such token")
        return _open311(shapes.tokens(format, service_request_id=rows[0][0], token=token))

    openapi.install(app, region)
    return app


def _open311_receipt(
    replies: Replies, format: shapes.Format, now: datetime, draft: Draft, receipt: Receipt
) -> KeptAnswer:
    notice = replies.received("filed", receipt.code, now, text=draft.text)
    document = shapes.post_receipt(
        format, service_request_id=receipt.id, service_notice=notice, report_code=receipt.code
    )
    return KeptAnswer(HTTPStatus.OK, document.body, {"content-type": document.content_type})


def _open311(document: shapes.Document) -> Response:
    return Response(document.body, headers={"content-type": document.content_type})


def main() -> None:
    settings = Settings()
    log.setup("intake")
    migrate.upgrade(settings.database_url.get_secret_value(), "intake")
    web.serve(create_app(settings), settings)


if __name__ == "__main__":
    main()
