"""Many reports in one `POST /v1/reports`: newline-delimited JSON, a report a line and an answer a line."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus

import orjson
from fastapi.exceptions import RequestValidationError

from kit.idempotency import KeptAnswer
from kit.problems import Pointed, Problems, explain, log_fault, members
from kit.web import render_json
from services.intake.domain import Receipt
from services.intake.emergencies import Emergencies
from services.intake.handlers import Draft
from services.intake.tokens import Tokens

PATH = "/v1/reports"
MEDIA_TYPE = "application/x-ndjson"
LIMIT = 200
"""Reports in one request."""
_AT_A_TIME = 20


def is_ndjson(content_type: str) -> bool:
    """Whether a body of this type holds many reports, one a line.

    >>> is_ndjson("Application/X-NDJSON; charset=utf-8"), is_ndjson("application/json")
    (True, False)
    """
    return content_type.partition(";")[0].strip().lower() == MEDIA_TYPE


def lines_of(body: bytes) -> list[bytes]:
    """The lines that are not blank. Raises `RequestValidationError` for no lines or too many."""
    lines = [line for line in body.split(b"\n") if line.strip()]
    if not 1 <= len(lines) <= LIMIT:
        raise RequestValidationError([{"loc": ("body",), "msg": f"There must be 1 to {LIMIT} lines"}])
    return lines


async def file_each(
    lines: Sequence[bytes],
    read: Callable[[bytes], Draft],
    file: Callable[[int, Draft], Awaitable[KeptAnswer]],
    problems: Problems,
    tokens: Tokens,
) -> bytes:
    """The answer to each line, in their order: a receipt with status 202, or a problem document.

    `file` gets the number of the line, from 0. A line with an error does not affect the others.
    """

    async def answer(number: int, line: bytes) -> KeptAnswer:
        return with_token(tokens, await file(number, read(line)))

    filings = []
    for number, line in enumerate(lines):
        if number % _AT_A_TIME == 0:
            await asyncio.sleep(0)  # lets other requests run, because reading takes a while
        filings.append(asyncio.create_task(answer(number, line)))
    answers = await asyncio.gather(*filings, return_exceptions=True)
    for error in {id(answer): answer for answer in answers if isinstance(answer, Exception)}.values():
        log_fault(error, explain(error, problems), PATH)  # one log line, even if several lines failed by the same error
    return b"".join([_answer(answer, problems) + b"\n" for answer in answers])


def _answer(answer: KeptAnswer | BaseException, problems: Problems) -> bytes:
    if isinstance(answer, Exception):
        return render_json(members(explain(answer, problems), PATH))
    if isinstance(answer, BaseException):
        raise answer
    return b'{"status":%d,' % answer.status + answer.body[1:]


class CannotChange(Pointed):
    """Something of a report that was brought again cannot change, so nothing of it was taken."""


def taken(receipt: Receipt) -> Receipt:
    """The receipt of a report that was taken. Raises `CannotChange`."""
    if receipt.faults:
        raise CannotChange("The report came before, and this of it cannot change; nothing was taken", receipt.faults)
    return receipt


def receipt_answer(emergencies: Emergencies, draft: Draft, receipt: Receipt) -> KeptAnswer:
    """The answer to one report, without the reporter's token, which nothing keeps. Raises `CannotChange`."""
    members = receipt_members(taken(receipt))
    numbers = () if draft.elsewhere else emergencies.numbers(draft.text)  # what was brought from elsewhere is over
    if numbers:
        members["emergency"] = numbers
    # The public address, as headers are more often logged than bodies.
    headers = {"location": f"{PATH}/{receipt.id}", "content-type": "application/json"}
    return KeptAnswer(HTTPStatus.ACCEPTED, render_json(members), headers)


def with_token(tokens: Tokens, answer: KeptAnswer) -> KeptAnswer:
    """The answer with the reporter's token and address."""
    members = orjson.loads(answer.body)
    token = tokens.of(members["id"])
    own = {"token": token, "url": tokens.url_of(token)}
    return answer._replace(body=render_json({"id": members.pop("id"), "code": members.pop("code"), **own, **members}))


def receipt_members(receipt: Receipt) -> dict[str, object]:
    """What is kept of the answer to a report that was filed."""
    answer: dict[str, object] = {"id": receipt.id, "code": receipt.code}
    if receipt.outcome is not None:
        answer["outcome"] = receipt.outcome.value
    return answer | {"differs": True} if receipt.differs else answer
