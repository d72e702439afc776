"""Answers are kept for their keys: once, for their caller, for a day, and never more than a bound."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session
from starlette.requests import Request

from kit import answered, idempotency
from kit.answered import ANSWERED
from kit.caller import Caller
from kit.db import open_engine, snapshot, transaction
from kit.idempotency import BadIdempotencyKey, IdempotencyKeyReused, KeptAnswer, Keyed

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)
FILING = Caller("filing")


def request(*keys: str, path: str = "/v1/reports", query: bytes = b"") -> Request:
    headers = [(b"idempotency-key", key.encode("latin-1")) for key in keys]
    return Request({"type": "http", "method": "POST", "path": path, "query_string": query, "headers": headers})


def keyed(key: str = "a", body: bytes = b"{}", caller: Caller = FILING, **more: Any) -> Keyed:
    found = idempotency.keyed(request(key, **more), caller, body)
    assert found is not None
    return found


def answer(words: str) -> KeptAnswer:
    return KeptAnswer(202, words.encode(), {"location": "/x"})


def once(engine: Engine, keyed: Keyed | None, words: str, now: datetime = NOW) -> KeptAnswer:
    with transaction(engine) as session:
        return idempotency.once(session, keyed, now, lambda: answer(words))


def test_the_second_gets_the_answer_of_the_first(database: Engine) -> None:
    assert once(database, keyed(), "first") == answer("first")
    again = once(database, keyed(), "second")
    assert again == answer("first")._replace(replayed=True)
    assert again.response().headers["idempotency-replayed"] == "true"
    assert once(database, keyed("b"), "third") == answer("third")
    assert once(database, None, "fourth") == answer("fourth")


@pytest.mark.parametrize(
    "other", [{"body": b"{ }"}, {"path": "/v1/imports"}, {"query": b"a=1"}], ids=["body", "path", "query"]
)
def test_a_key_is_for_one_request(database: Engine, other: dict[str, Any]) -> None:
    once(database, keyed(), "first")
    with pytest.raises(IdempotencyKeyReused):
        once(database, keyed(**other), "second")


@pytest.mark.parametrize("other", [Caller("official"), Caller("agency", "dpu"), Caller("agency", "dinkes")])
def test_a_key_is_its_callers_own(other: Caller) -> None:
    assert keyed().id != keyed(caller=other).id


def test_two_header_lines_are_no_key() -> None:
    assert idempotency.keyed(request(), FILING, b"") is None
    with pytest.raises(BadIdempotencyKey):
        idempotency.keyed(request("a", "a"), FILING, b"")


def test_work_that_fails_leaves_its_key_free(database: Engine) -> None:
    def fail() -> KeptAnswer:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"), transaction(database) as session:
        idempotency.once(session, keyed(), NOW, fail)
    assert once(database, keyed(), "second") == answer("second")


def test_of_two_processes_at_once_the_second_waits_for_the_answer_of_the_first(
    database: Engine, database_url: str
) -> None:
    other = open_engine(database_url)
    begun, go_on = threading.Event(), threading.Event()
    answers: list[KeptAnswer] = []

    def slow() -> KeptAnswer:
        begun.set()
        go_on.wait(30)
        return answer("first")

    def first() -> None:
        with transaction(database) as session:
            idempotency.once(session, keyed(), NOW, slow)

    threads = [threading.Thread(target=first)]
    threads.append(threading.Thread(target=lambda: answers.append(once(other, keyed(), "second"))))
    threads[0].start()
    assert begun.wait(30)
    threads[1].start()
    go_on.set()
    for thread in threads:
        thread.join(30)
    other.dispose()
    assert answers == [answer("first")._replace(replayed=True)]


def test_the_parts_of_a_request_are_kept_each_for_itself(database: Engine) -> None:
    with transaction(database) as session:
        idempotency.claim(session, keyed(), NOW)
        idempotency.claim(session, keyed(), NOW)
    with pytest.raises(IdempotencyKeyReused), transaction(database) as session:
        idempotency.claim(session, keyed(body=b"[]"), NOW)
    assert [once(database, keyed().part(number), str(number)).body for number in (0, 1, 0)] == [b"0", b"1", b"0"]


def forget(session: Session, days: float) -> int:
    return answered.forget(session, NOW + timedelta(days=days - answered.KEPT_DAYS), NOW)


def count(engine: Engine) -> int:
    with snapshot(engine) as session:
        return session.scalar(select(func.count()).select_from(ANSWERED)) or 0


def test_an_answer_is_kept_for_a_day(database: Engine) -> None:
    once(database, keyed(), "first")
    with transaction(database) as session:
        assert forget(session, days=0.9) == 0
    with transaction(database) as session:
        assert forget(session, days=1.1) == 1
    assert once(database, keyed(), "second") == answer("second")


def test_the_newest_answers_are_kept_up_to_a_bound(database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answered, "MOST", 3)
    for number in range(5):
        once(database, keyed(str(number)), "first")
    with transaction(database) as session:
        assert forget(session, days=0) == 2
    assert count(database) == 3
    assert once(database, keyed("4"), "second").replayed
