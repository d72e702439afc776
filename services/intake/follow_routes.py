"""The paths of `/v1/codes/{code}` and `/v1/follow/{token}`: anyone with the code, and the reporter with the token."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import Depends, FastAPI, Path, Request, Response
from pydantic import BaseModel
from sqlalchemy import Engine

from kit import clock
from kit.caller import Caller
from kit.db import snapshot
from kit.openapi import phrases
from kit.problems import Problem, Problems
from kit.writer import Writer
from services.intake import tokens
from services.intake.follow_views import FollowView, Saying, StandingView
from services.intake.following import Following, UnknownCode, UnknownToken

PROBLEMS: Problems = {
    UnknownCode: Problem(HTTPStatus.NOT_FOUND, "unknown-code", "No report has this code"),
    UnknownToken: Problem(HTTPStatus.NOT_FOUND, "unknown-token", "No report has this token"),
}
Code = Annotated[str, Path(description="The report's code, in any spelling.", examples=["K7M2P9QA"])]
Token = Annotated[str, Path(description="The report's token, 22 characters.", examples=["q2v0mWJrT3uYkq8xN1cZ5A"])]


def add_following(
    app: FastAPI, engine: Engine, writer: Writer, caller: Callable[[Request], Caller], following: Following
) -> None:
    """Add the paths. They need no key; the gateway limits how many wrong codes and tokens an address may try."""
    of_gateway = [Depends(caller)]
    described: dict[str, Any] = {"dependencies": of_gateway, "tags": ["reports"]}

    @app.get("/v1/codes/{code}", response_model=StandingView, responses=phrases(404, 429), **described)
    def get_by_code(code: Code) -> Response:
        """Where the report of a code stands: what the reply to `CEK` by SMS tells, also of one that is not public."""
        with snapshot(engine) as session:
            return _json(following.standing(session, code, clock.now()))

    @app.get(tokens.PATH + "/{token}", response_model=FollowView, responses=phrases(404, 429), **described)
    def follow_report(token: Token) -> Response:
        """The reporter's own report: where it stands, what was answered and said, and what they may say now."""
        with snapshot(engine) as session:
            return _json(following.read(session, token, clock.now()))

    @app.post(
        tokens.PATH + "/{token}",
        response_model=FollowView,
        status_code=202,
        responses=phrases(400, 404, 413, 422, 429, 503),
        **described,
    )
    async def say_of_report(token: Token, said: Saying) -> Response:
        """What the reporter says of their report, kept before the answer; its effect follows within seconds. The same
        said again within ten minutes is said once."""
        now = clock.now()
        return _json(await writer.run(lambda session: following.say(session, token, said, now), repeatable=True), 202)


def _json(view: BaseModel, status: int = 200) -> Response:
    headers = {"cache-control": "no-store", "referrer-policy": "no-referrer"}
    return Response(view.model_dump_json(), status, headers, media_type="application/json")
