"""Acts are safe to repeat: with a key, with an ETag, and without either."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select

from contracts.events import ReportWithdrawn
from kit.answered import ANSWERED
from kit.db import snapshot
from services.routing.domain import MOVES, State
from services.routing.tables import ACTION
from tests.routing.conftest import ROAD, UNSURE, Routing, about
from tests.routing.test_acts import BY_NAME, module_of, prepared, who, whole_body

KEY = {"idempotency-key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
RESPONSE = {"text": "Akan dijadwalkan", "acted": False}


def send(routing: Routing, role: str, report: str, move: str, sent: Any = None, **headers: str) -> Any:
    """As `Routing.do`, with further headers; their names have `_` for `-`."""
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    url = f"/agency/v1/reports/{report}/{move}"
    return routing.client.post(url, json=sent, headers={**routing.key(role), **more})


def test_a_correction_for_privacy_erases_the_answers_that_are_kept(routing: Routing) -> None:
    report, key = routing.report(ROAD), {"idempotency_key": "k-1"}
    assert (
        send(
            routing, "dpu", report, "respond", {"text": "Rumah Siti", "acted": True, "reviewed": True}, **key
        ).status_code
        == 200
    )
    routing.do("dpu", report, "correct", answer=1, text="Rumah pelapor", privacy=True).raise_for_status()
    again = send(routing, "dpu", report, "respond", {"text": "Rumah Siti", "acted": True, "reviewed": True}, **key)
    assert (again.status_code, again.json()["type"]) == (410, "/problems/answer-erased")
    history = routing.ask("dpu", f"/{report}").json()["history"]
    assert [each["what"] for each in history] == ["verified", "disposed", "responded", "corrected"]


def opened(routing: Routing, name: str) -> str:
    """A report that takes the act, after those that the act's own test names as done `BEFORE`."""
    before = getattr(module_of(name), "BEFORE", ())
    report = routing.report(ROAD if before or (State.disposed, BY_NAME[name].move) in MOVES else UNSURE)
    for earlier, fields in before:
        routing.do("dpu", report, earlier, **fields)
    return report


def count(engine: Engine, table: Any) -> int:
    with snapshot(engine) as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("headers", [{}, KEY], ids=["without a key", "with a key"])
def test_every_act_sent_twice_is_done_once_and_answered_alike(
    routing: Routing, name: str, headers: dict[str, str]
) -> None:
    report = opened(routing, name)
    fields = prepared(routing, name, report)
    first, again = (send(routing, who(BY_NAME[name]), report, name, fields, **headers) for _ in range(2))
    facts = routing.facts(report)
    third = send(routing, who(BY_NAME[name]), report, name, fields, **headers)
    assert (first.status_code, again.status_code, third.status_code) == (200, 200, 200), third.text
    assert first.json() == again.json() == third.json()
    assert first.headers["etag"] == again.headers["etag"]
    assert routing.facts(report) == facts
    assert "idempotency-replayed" not in first.headers
    assert again.headers.get("idempotency-replayed") == ("true" if headers else None)


def test_a_key_gets_the_first_answer_whatever_happened_since(routing: Routing) -> None:
    report = routing.report(ROAD)
    first = send(routing, "dpu", report, "transfer", {"agency": "dinkes", "reason": "bukan kami"}, **KEY)
    routing.do("dinkes", report, "acknowledge")
    again = send(routing, "dpu", report, "transfer", {"agency": "dinkes", "reason": "bukan kami"}, **KEY)
    assert (again.status_code, again.json()) == (200, first.json())


def test_a_key_of_another_request_is_refused_and_of_another_caller_is_another_key(routing: Routing) -> None:
    report, other = routing.report(ROAD), routing.report(ROAD)
    assert send(routing, "dpu", report, "respond", RESPONSE, **KEY).status_code == 200
    for where, words in ((report, {**RESPONSE, "acted": True}), (other, RESPONSE)):
        answer = send(routing, "dpu", where, "respond", words, **KEY)
        assert (answer.status_code, answer.json()["type"]) == (422, "/problems/idempotency-key-reused")
    assert send(routing, "official", report, "hide", {"reason": "spam"}, **KEY).status_code == 200
    assert routing.types(other) == ["case.opened", "case.disposed"]


@pytest.mark.parametrize("key", ["", " ", '""', '"a', "a b", "ä", "x" * 256, '"' + "x" * 256 + '"'])
def test_what_is_no_key_is_refused_and_nothing_is_done(routing: Routing, key: str) -> None:
    report = routing.report(ROAD)
    headers = {**routing.key("dpu"), "idempotency-key": key.encode("latin-1")}
    answer = routing.client.post(f"/agency/v1/reports/{report}/acknowledge", headers=headers)  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-idempotency-key")
    assert len(routing.facts(report)) == 2


def test_a_key_is_the_same_with_quotation_marks_and_without(routing: Routing) -> None:
    report = routing.report(ROAD)
    first = send(routing, "dpu", report, "respond", RESPONSE, idempotency_key="a-1")
    again = send(routing, "dpu", report, "respond", RESPONSE, idempotency_key='"a-1"')
    assert (again.headers["idempotency-replayed"], again.json()) == ("true", first.json())


def test_an_error_is_not_kept_so_the_key_may_be_sent_again(routing: Routing) -> None:
    report = routing.report(UNSURE)
    assert send(routing, "official", report, "hide", {"reason": "spam"}, **KEY).status_code == 409
    assert count(routing.engine, ANSWERED) == 0
    routing.do("official", report, "verify")
    assert send(routing, "official", report, "hide", {"reason": "spam"}, **KEY).status_code == 200


def test_an_act_whose_answer_cannot_be_kept_is_not_done(routing: Routing) -> None:
    report = routing.report(ROAD)

    def refuse(_: Any, __: Any, statement: str, *___: Any) -> None:
        if statement.startswith("UPDATE answered"):
            raise RuntimeError("killed here")

    event.listen(Engine, "before_cursor_execute", refuse)
    try:
        with pytest.raises(RuntimeError, match="killed here"):
            send(routing, "dpu", report, "acknowledge", **KEY)
    finally:
        event.remove(Engine, "before_cursor_execute", refuse)
    assert len(routing.facts(report)) == 2
    assert send(routing, "dpu", report, "acknowledge", **KEY).headers.get("idempotency-replayed") is None
    assert routing.types(report)[2:] == ["case.acknowledged"]


def at_once(*work: Callable[[], Any]) -> list[Any]:
    """What each answered, begun together on threads of their own."""
    answers: list[Any] = []
    threads = [threading.Thread(target=lambda each=each: answers.append(each())) for each in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.parametrize("headers", [{}, KEY], ids=["without a key", "with a key"])
def test_twenty_at_once_are_one_act(routing: Routing, headers: dict[str, str]) -> None:
    report = routing.report(ROAD)
    answers = at_once(*[lambda: send(routing, "dpu", report, "respond", RESPONSE, **headers)] * 20)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert routing.types(report)[2:] == ["case.responded"]


def test_a_transfer_sent_again_by_the_agency_that_gave_it_away_is_answered_as_the_first(routing: Routing) -> None:
    report, sent = routing.report(ROAD), {"agency": "dinkes", "reason": "bukan kami"}
    first, again = (send(routing, "dpu", report, "transfer", sent) for _ in range(2))
    assert (again.status_code, again.json()) == (200, first.json())
    assert send(routing, "dinlama", report, "transfer", sent).status_code == 404


def test_an_act_that_somebody_did_first_is_told_from_one_that_the_state_does_not_allow(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "close", closure="done", text="Selesai")
    other = routing.do("dpu", report, "close", closure="explained").json()
    assert (other["type"], other["by"]) == ("/problems/done-already", "dpu")
    assert "closed by dpu" in other["detail"]
    answer = routing.do("dpu", report, "respond", **RESPONSE).json()
    assert (answer["type"], answer["status"]) == ("/problems/not-now", 409)


@pytest.mark.parametrize(
    ("text", "role", "move", "sent", "by"),
    [
        (ROAD, "official", "verify", {}, "machine"),
        (UNSURE, "official", "reject", {"reason": "bukan laporan"}, "official"),
        (ROAD, "official", "hide", {"reason": "memuat nama"}, "official"),
    ],
)
def test_done_already_names_who_did_it(
    routing: Routing, text: str, role: str, move: str, sent: dict[str, Any], by: str
) -> None:
    report = routing.report(text)
    if by != "machine":
        routing.do(role, report, move, **{**sent, "reason": "alasan lain"})
    problem = routing.do(role, report, move, **sent).json()
    assert (problem["type"], problem["by"]) == ("/problems/done-already", by)
    assert problem["at"].endswith("Z")


def report_in(routing: Routing, state: str) -> str:
    report = routing.report(UNSURE if state == "held" else ROAD)
    if state in ("responded", "closed"):
        routing.do("dpu", report, "respond", **RESPONSE)
    if state == "in_progress":
        routing.do("dpu", report, "acknowledge", reference="TKT-1")  # in other words than the act that is tried
    if state == "closed":
        routing.do("dpu", report, "close", closure="cannot")
    if state == "withdrawn":
        routing.take(about(report, ReportWithdrawn))
    if state == "verified":
        routing.do("dpu", report, "refuse", reason="bukan kami")
    if state == "given":
        routing.do("official", report, "dispose", agency="dpu", reason="jalan kabupaten")
    return report


@pytest.mark.parametrize(
    ("role", "state"),
    [
        *(("dpu", state) for state in ("disposed", "given", "in_progress", "responded", "closed", "withdrawn")),
        *(("official", state) for state in ("held", "verified", "disposed", "responded", "closed")),
    ],
)
def test_what_a_refusal_lists_is_what_this_key_may_do(routing: Routing, role: str, state: str) -> None:
    mine = [name for name, act in BY_NAME.items() if ("official" if role == "official" else "agency") in act.by]
    answers = {name: routing.do(role, report_in(routing, state), name, **whole_body(routing, name)) for name in mine}
    done = sorted(name for name, answer in answers.items() if answer.status_code == 200)
    refusals = [answer.json() for answer in answers.values() if answer.status_code == 409]
    listed = [each["allowed"] for each in refusals if each["type"] == "/problems/not-now"]
    assert listed
    assert listed == [done] * len(listed)


def test_if_match_lets_an_act_be_done_to_what_was_read_only(routing: Routing) -> None:
    report = routing.report(ROAD)
    read = routing.ask("dpu", f"/{report}")
    tag = read.headers["etag"]
    acknowledged = send(routing, "dpu", report, "acknowledge", if_match=tag)
    assert acknowledged.status_code == 200
    assert acknowledged.headers["etag"] == routing.ask("dpu", f"/{report}").headers["etag"] != tag
    late = send(routing, "dpu", report, "respond", RESPONSE, if_match=tag)
    assert (late.status_code, late.json()["type"]) == (412, "/problems/precondition-failed")
    assert send(routing, "dpu", report, "acknowledge", if_match=tag).status_code == 200  # the same again
    assert routing.types(report)[2:] == ["case.acknowledged"]


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("*", 200),
        ("{tag}", 200),
        ('"other", {tag}', 200),
        ('W/"x",{tag} ', 200),
        ("W/{tag}", 412),
        ('"other"', 412),
        ("", 412),
        ("no tag", 412),
    ],
)
def test_if_match_is_read_as_rfc_9110_has_it(routing: Routing, header: str, status: int) -> None:
    report = routing.report(ROAD)
    tag = routing.ask("dpu", f"/{report}").headers["etag"]
    assert send(routing, "dpu", report, "acknowledge", if_match=header.format(tag=tag)).status_code == status


@pytest.mark.parametrize(
    ("header", "status"), [("*", 304), ("{tag}", 304), ("W/{tag}", 304), ('"a", {tag}', 304), ('"a"', 200), ("", 200)]
)
def test_if_none_match_spares_reading_again(routing: Routing, header: str, status: int) -> None:
    report = routing.report(ROAD)
    url, key = f"/agency/v1/reports/{report}", routing.key("dpu")
    tag = routing.client.get(url, headers=key).headers["etag"]
    answer = routing.client.get(url, headers={**key, "if-none-match": header.format(tag=tag)})
    assert (answer.status_code, answer.headers["etag"]) == (status, tag)
    assert bool(answer.content) == (status == 200)


def test_an_etag_of_a_report_of_another_agency_tells_nothing(routing: Routing) -> None:
    report = routing.report(ROAD)
    assert send(routing, "dinkes", report, "acknowledge", if_match='"x"').status_code == 404
    assert send(routing, "dinkes", report, "acknowledge", if_match="*").status_code == 404


def test_what_happens_between_makes_the_same_words_a_new_act(routing: Routing) -> None:
    report = routing.report(ROAD)
    for words in ("satu", "dua", "satu"):
        assert routing.do("dpu", report, "respond", text=words, acted=False).status_code == 200
    assert routing.types(report)[2:] == ["case.responded"] * 3
    with snapshot(routing.engine) as session:
        requests = session.scalars(select(ACTION.c.request).where(ACTION.c.move == "respond")).all()
    assert requests[0] == requests[2] != requests[1]


def test_a_new_secret_is_made_once_for_a_key(routing: Routing) -> None:
    key = routing.key("dpu")
    routing.client.put("/agency/v1/webhook", json={"url": "https://1.1.1.1/hook"}, headers=key)
    first, again = (routing.client.post("/agency/v1/webhook/secret", headers={**key, **KEY}) for _ in range(2))
    assert first.json() == again.json()
    tag = routing.client.get("/agency/v1/webhook", headers=key).headers["etag"]
    for sent, status in (('"x"', 412), (tag, 200)):
        answer = routing.client.post("/agency/v1/webhook/secret", headers={**key, "if-match": sent})
        assert answer.status_code == status


def test_a_ping_is_sent_once_for_a_key(routing: Routing) -> None:
    key = routing.key("dpu")
    routing.client.put("/agency/v1/webhook", json={"url": "https://10.0.0.1.invalid/hook"}, headers=key)
    ping = "/agency/v1/webhook/ping"
    first, again = (routing.client.post(ping, headers={**key, **KEY}) for _ in range(2))
    assert (first.status_code, first.json()) == (200, again.json())
    assert again.headers["idempotency-replayed"] == "true"
    assert routing.client.post(ping, headers=key).json()["id"] != first.json()["id"]
    assert routing.client.post(ping, headers={**key, "if-match": '"x"'}).status_code == 412


def test_a_correction_in_the_words_that_are_there_is_done_already(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "respond", **RESPONSE)
    wanted = {"answer": 1, "text": RESPONSE["text"], "privacy": False}
    same = routing.do("dpu", report, "correct", **wanted).json()
    assert (same["type"], same["by"]) == ("/problems/done-already", "dpu")
    wanted["text"] = "Ditambal tanggal 7"
    assert routing.do("official", report, "correct", **wanted).status_code == 200
    late = routing.do("dpu", report, "correct", **wanted).json()
    assert (late["type"], late["by"]) == ("/problems/done-already", "official")


def test_a_transfer_is_done_already_only_if_that_agency_has_the_report(routing: Routing) -> None:
    report = routing.report(ROAD)
    routing.do("dpu", report, "transfer", agency="dinkes", reason="puskesmas")
    done = routing.do("dpu", report, "transfer", agency="dinkes", reason="bukan jalan kami").json()
    assert (done["type"], done["by"]) == ("/problems/done-already", "dpu")
    other = routing.do("dpu", report, "transfer", agency="kec-dander", reason="bukan jalan kami").json()
    assert (other["type"], other["allowed"]) == ("/problems/not-now", [])
    back = routing.do("dinkes", report, "transfer", agency="dpu", reason="jalan").json()
    assert back["type"] == "/problems/not-now"


def test_every_post_takes_a_key_and_an_etag(routing: Routing) -> None:
    paths = routing.client.get("/openapi.json").json()["paths"]
    for path, item in paths.items():
        if "post" in item:
            names = {each["name"] for each in item["post"].get("parameters", [])}
            assert names >= {"Idempotency-Key", "If-Match"}, path
