"""The edge: who may ask, how errors look, what a process says of itself."""

import errno
import json
import logging
import re
import sys
from collections.abc import Iterator
from http import HTTPStatus
from uuid import UUID

import pytest
from fastapi import Depends, FastAPI
from fastapi.testclient import TestClient
from pydantic import BaseModel, SecretStr
from sqlalchemy.exc import OperationalError
from starlette.requests import Request

from kit import log, problems, web
from kit.caller import Caller, require_gateway
from kit.problems import Problem
from kit.version import VERSION

SECRET = "between the gateway and us"


class ReportUnknown(Exception):
    pass


class Filing(BaseModel):
    number: int


def broken_check() -> None:
    raise OSError


@pytest.fixture
def app() -> FastAPI:
    app = FastAPI()
    unknown = Problem(HTTPStatus.NOT_FOUND, "report-unknown", "There is no such report")
    problems.install(app, {ReportUnknown: unknown})
    web.operations(app, [])
    caller = Depends(require_gateway(SecretStr(SECRET)))

    @app.get("/who")
    def who(asking: Caller = caller) -> str:
        return f"{asking.role} {asking.agency}"

    @app.get("/open311/v2/official")
    @app.get("/official")
    def official(asking: Caller = caller) -> str:
        asking.need("official")
        return "done"

    @app.post("/open311/v2/filings")
    @app.post("/v1/filings")
    def file(filing: Filing) -> int:
        return filing.number

    @app.get("/open311/v2/unknown")
    @app.get("/unknown")
    def unknown_report() -> None:
        raise ReportUnknown("No report has this id")

    @app.get("/away")
    def away() -> None:
        raise OperationalError("SELECT secret words", None, OSError())

    @app.get("/v1/reports/{id}.json")
    @app.get("/bug")
    def bug() -> None:
        raise ZeroDivisionError("somebody's words")

    return app


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_an_error_of_the_table_is_a_problem_document(client: TestClient) -> None:
    answer = client.get("/unknown")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "type": "/problems/report-unknown",
        "title": "There is no such report",
        "status": 404,
        "detail": "No report has this id",
        "instance": "/unknown",
    }


def test_an_error_under_open311_has_its_own_shape_in_the_format_that_was_asked_for(client: TestClient) -> None:
    unknown = client.get("/open311/v2/unknown", headers={"accept": "application/json"})
    assert (unknown.status_code, unknown.json()) == (404, [{"code": 404, "description": "No report has this id"}])
    nowhere = client.get("/open311/nowhere.xml")
    assert (nowhere.status_code, nowhere.headers["content-type"]) == (404, "text/xml; charset=utf-8")
    assert "<error><code>404</code><description>Not Found</description></error>" in nowhere.text


def test_open311_says_403_of_a_key_and_400_of_a_request_that_is_not_valid(client: TestClient) -> None:
    headers = {"accept": "application/json"}
    keyless = client.get("/open311/v2/official", headers=headers)
    assert (keyless.status_code, keyless.json()[0]["code"]) == (403, 403)
    assert "www-authenticate" not in keyless.headers
    wrong = client.post("/open311/v2/filings", json={"number": "many"}, headers=headers)
    assert (wrong.status_code, wrong.json()[0]["code"]) == (400, 400)
    assert wrong.json()[0]["description"].startswith("number: ")


def test_what_is_wrong_with_a_request_is_pointed_at(client: TestClient) -> None:
    answer = client.post("/v1/filings", json={"number": "many"})
    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid-request"
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/number"]


def test_a_wrong_path_or_method_is_a_problem_too(client: TestClient) -> None:
    assert client.get("/nowhere").json()["type"] == "/problems/not-found"
    wrong = client.delete("/unknown")
    assert (wrong.json()["type"], wrong.headers["allow"]) == ("/problems/method-not-allowed", "GET")


def test_an_unexpected_error_says_nothing_to_the_caller_and_its_message_is_not_logged(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = client.get("/bug")
    assert answer.status_code == 500
    assert answer.json() == {
        "type": "/problems/internal",
        "title": "Something went wrong here",
        "status": 500,
        "instance": "/bug",
    }
    [record] = [record for record in caplog.records if record.name == "kit.problems"]
    line = log.JsonLines("test").format(record)
    assert "ZeroDivisionError" in line
    assert "somebody" not in line


def test_a_lost_database_is_try_again(client: TestClient) -> None:
    answer = client.get("/away")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "secret" not in answer.text


def headers(**values: str) -> dict[str, str]:
    return {f"x-pendapa-{name}": value for name, value in values.items()}


def test_only_the_gateway_says_who_is_calling(client: TestClient) -> None:
    assert client.get("/who").status_code == 401
    assert client.get("/who", headers=headers(gateway="guess", role="official")).status_code == 403
    assert client.get("/who", headers=headers(gateway=SECRET, role="king")).status_code == 403
    assert client.get("/who", headers=headers(gateway=SECRET)).json() == "anonymous None"
    agency = headers(gateway=SECRET, role="agency", agency="dinas-pu")
    assert client.get("/who", headers=agency).json() == "agency dinas-pu"


def test_an_empty_secret_closes_the_door() -> None:
    ask = require_gateway(SecretStr(""))
    for shown in (b"", b"x"):
        request = Request({"type": "http", "headers": [(b"x-pendapa-gateway", shown)]})
        with pytest.raises((problems.Unauthenticated, problems.Forbidden)):
            ask(request)


def test_no_key_is_401_and_the_wrong_key_is_403(client: TestClient) -> None:
    nobody = client.get("/official", headers=headers(gateway=SECRET))
    assert (nobody.status_code, nobody.headers["www-authenticate"]) == (401, "Bearer")
    assert nobody.json()["type"] == "/problems/unauthorized"
    assert client.get("/official", headers=headers(gateway=SECRET, role="filing")).status_code == 403
    assert client.get("/official", headers=headers(gateway=SECRET, role="official")).json() == "done"


@pytest.mark.parametrize(
    ("name", "report"), [("5f0f8c1e-0000-4000-8000-0123456789ab", True), ("5f0f8c1e", False), ("x" * 36, False)]
)
def test_a_line_of_the_log_names_the_report_of_the_path(client: TestClient, name: str, report: bool) -> None:
    said: list[dict[str, object]] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            said.append(json.loads(log.JsonLines("service").format(record)))

    keep = Keep()
    logging.getLogger("kit.problems").addHandler(keep)
    client.get(f"/v1/reports/{name}.json", headers={"x-request-id": "r-1"})
    logging.getLogger("kit.problems").removeHandler(keep)
    [line] = said
    assert (line["request_id"], line.get("report")) == ("r-1", name if report else None)


def test_an_answer_carries_its_request_id(client: TestClient) -> None:
    assert client.get("/unknown", headers={"x-request-id": "abc-1"}).headers["x-request-id"] == "abc-1"
    made = client.get("/unknown", headers={"x-request-id": 'a"; drop'}).headers["x-request-id"]
    assert UUID(made)


def test_a_process_says_whether_it_is_ready_and_what_is_not(client: TestClient) -> None:
    assert client.get("/healthz").text == f"ok\nversion: {VERSION}\n"
    assert client.get("/readyz").text == "ok\n"
    assert "pendapa_parked" in client.get("/metrics").text
    other = FastAPI()
    web.operations(other, [broken_check])
    with TestClient(other) as unready:
        answer = unready.get("/readyz")
        counts = unready.get("/metrics").text
    assert 'pendapa_failing{check="broken_check"} 1.0' in counts
    assert f'pendapa_version_info{{version="{VERSION}"}} 1.0' in counts
    assert answer.status_code == 503
    first, reason = answer.text.splitlines()
    assert first == "not ready: broken_check"
    assert re.fullmatch(r"broken_check: OSError, since \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", reason)


def test_a_server_runs_beside_other_work() -> None:
    app = FastAPI()
    web.operations(app, [])
    beside = web.Background(app, "127.0.0.1", 0)
    assert beside.started(20)
    beside.close()


def test_a_log_line_is_json_with_the_request_and_the_report() -> None:
    tokens = log.request_id.set("r-1"), log.report.set("some-id")
    try:
        raise ValueError("0811-secret")
    except ValueError:
        record = logging.LogRecord("kit", logging.ERROR, __file__, 1, "parked %s", ("it",), sys.exc_info())
    line = log.JsonLines("intake").format(record)
    log.request_id.reset(tokens[0])
    log.report.reset(tokens[1])
    said = json.loads(line)
    assert (said["message"], said["service"], said["request_id"], said["report"]) == (
        "parked it",
        "intake",
        "r-1",
        "some-id",
    )
    assert said["error"] == "ValueError"
    assert len(said["frames"]) == 1
    assert "0811" not in line


def test_what_an_operator_can_mend_is_logged_without_a_stack() -> None:
    try:
        raise RuntimeError("somebody's words") from OSError(errno.ENOSPC, "No space left on device")
    except RuntimeError:
        record = logging.LogRecord("kit", logging.ERROR, __file__, 1, "not kept", (), sys.exc_info())
    said = json.loads(log.JsonLines("intake").format(record))
    assert said["fault"] == "the disk is full"
    assert "frames" not in said


@pytest.mark.parametrize(
    ("path", "type"), [("/v1/full", "application/problem+json"), ("/open311/v2/full.json", "json")]
)
def test_a_full_disk_is_told_as_such(path: str, type: str) -> None:
    app = FastAPI()
    problems.install(app, {})

    @app.post(path)
    def full() -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with TestClient(app) as client:
        answer = client.post(path)
    assert answer.status_code == 507
    assert type in answer.headers["content-type"]
    assert "disk is full" in answer.text
    assert answer.headers["retry-after"] == "60"
