"""kill -9 of a process at each point between a commit and what follows it: nothing is lost and nothing is doubled."""

import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4
from zlib import crc32

import httpx2
import pytest

from contracts.topics import parked
from kit.bus import Bus, Message, open_bus
from tests.journey.conftest import require_servers
from tests.journey.system import ROOT, System, running

POINTS = [
    "intake:before-answer",
    "intake:before-send",
    "intake:after-send",
    "intake:before-commit",
    "intake:after-commit",
    "routing:before-commit",
    "routing:after-commit",
    "routing:before-send",
    "routing:after-send",
    "publish:before-commit",
    "publish:after-commit",
]
EACH = 12
MOVES: Mapping[str, tuple[Mapping[str, object], str]] = {
    "acknowledge": ({}, "acknowledged"),
    "respond": ({"text": "Sudah ditambal", "acted": True}, "responded"),
    "close": ({"closure": "done"}, "closed"),
}
"""An agency's moves: what is sent, and what the public reads."""


@pytest.fixture(scope="module", params=["embedded", pytest.param("distributed", marks=pytest.mark.live)])
def system(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    if request.param == "distributed":
        require_servers()
    armed = tmp_path_factory.mktemp("crash") / "armed"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CRASH_FILE", str(armed))
        patch.setenv("CRASH_ROOT", str(ROOT))
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent / "crash"), str(ROOT)]))
        with running(request.param) as system:
            yield system


@pytest.mark.parametrize("point", POINTS)
def test_nothing_is_lost_or_doubled(system: System, point: str) -> None:
    parked_before = system.parked()
    arm(point)

    replies = {n: send(system, mark(point, n), f"{point}-{n}") for n in range(EACH)}
    until_killed(system, point)
    reports = {n: system.report_of(reply) for n, reply in replies.items()}

    assert len(set(reports.values())) == EACH
    for n, report in reports.items():
        public = system.public(report, "disposed")
        assert mark(point, n) in public["text"]
        assert whats(public) == ["verified", "disposed"]
    marks = [report["text"] for report in system.all_reports(q=mark(point, 0).split()[0])]
    assert len(marks) == EACH, "an event was handled twice"
    assert system.parked() == parked_before, "an event came twice to a handler"


@pytest.mark.parametrize("move", MOVES)
def test_a_move_that_was_never_answered_was_made_once(system: System, move: str) -> None:
    report = system.report_of(send(system, "tanpa jawaban", f"move-{move}"))
    who = agency_of(system, report)
    move_and_die(system, report, move, who)
    history = answered(system, lambda: system.http.get(f"/agency/v1/reports/{report}", headers=who)).json()
    told = ["verified", "disposed", MOVES[move][1]]
    assert whats(history) == whats(system.public(report, history["status"])) == told


def test_moves_repeated_for_want_of_an_answer_are_answered_and_not_doubled(system: System) -> None:
    report = system.report_of(reply := send(system, "diulang", "repeated"))
    who = agency_of(system, report)
    for move in ("acknowledge", "close"):
        move_and_die(system, report, move, who)
        repeated = answered(system, partial(act, system, report, move, who))
        assert repeated.status_code == 200, repeated.text
    # The events of a report keep their order: when this one is public, so is all that the moves announced.
    system.public(report, "closed")
    system.sms(f"TIDAK {system.code_of(reply)} masih rusak", id="repeated-tidak", sender=sender_of("repeated"))
    history = whats(system.public(report, "reopened"))
    assert history == ["verified", "disposed", "acknowledged", "closed", "amended", "reopened"]


@pytest.mark.parametrize(("place", "copies"), [("before-park", 1), ("after-park", 2)])
def test_a_record_that_nobody_can_read_is_parked_on_both_sides(system: System, place: str, copies: int) -> None:
    key, value = uuid4().bytes, f"no JSON, {place}".encode()
    arm(f"routing:{place}")
    with closing(open_bus(system.bus())) as bus:
        with closing(bus.producer()) as producer:
            producer.send([Message("reports", key, (), value)])
        until_killed(system, place)
        # The group had not gone on, so the record came again, and a copy was sent again.
        assert copied(bus, key, copies) == [value] * copies
    # The row is committed after the copy was sent, so the copy may be seen first.
    assert System.until(lambda: kept(system, key), 60, "kept in routing's database") == [value]
    replies = [send(system, f"sesudah {place} {n}", f"{place}-{n}") for n in range(EACH)]
    for reply in replies:
        assert whats(system.public(system.report_of(reply), "disposed")) == ["verified", "disposed"]


def arm(point: str) -> None:
    """The first process that comes to this point is killed there."""
    armed = Path(os.environ["CRASH_FILE"])
    armed.with_suffix(".fired").unlink(missing_ok=True)
    armed.write_text(point)


def until_killed(system: System, point: str) -> None:
    """Return when one was killed there and the system answers again."""
    fired = Path(os.environ["CRASH_FILE"]).with_suffix(".fired")
    # In this order: one that is about to be killed may still answer.
    system.until(lambda: fired.exists() and revived(system), 60, f"killed at {point}")


def mark(point: str, n: int) -> str:
    return f"tanda{POINTS.index(point)}x lubang nomor {n}"


def whats(report: Mapping[str, Any]) -> list[str]:
    return [fact["what"] for fact in report["history"]]


def send(system: System, words: str, id: str) -> str:
    """The provider's side: the same message again until it is answered, as Kannel does."""
    text = f"BJN jalan rusak desa Tapelan kecamatan Kapas {words}"
    end = time.monotonic() + 60
    while time.monotonic() < end:
        try:
            return system.sms(text, id=id, sender=sender_of(id))
        except (httpx2.TransportError, AssertionError):
            revived(system)
            time.sleep(0.2)
    raise AssertionError("no answer")


def sender_of(id: str) -> str:
    """The phone that sent this message: one phone's same words are one report, and its replies are limited."""
    return f"+62811{crc32(id.encode()) % 10**6:06d}"


def agency_of(system: System, report: str) -> dict[str, str]:
    """How the agency that the report was disposed to shows who it is."""
    return system.bearer("agency", system.public(report, "disposed")["agency"])


def act(system: System, report: str, move: str, who: dict[str, str]) -> httpx2.Response:
    return system.act(report, move, who, **MOVES[move][0])


def move_and_die(system: System, report: str, move: str, who: dict[str, str]) -> None:
    """Make a move that is committed, and never answered."""
    arm("routing:before-answer")
    assert attempt(partial(act, system, report, move, who)) is None
    until_killed(system, "routing:before-answer")


def attempt(ask: Callable[[], httpx2.Response]) -> httpx2.Response | None:
    """What the service itself answered, if it did."""
    try:
        answer = ask()
    except httpx2.TransportError:
        return None
    return answer if answer.status_code < 500 else None


def answered(system: System, ask: Callable[[], httpx2.Response]) -> httpx2.Response:
    """The answer to what is asked again until there is one."""
    answer: httpx2.Response = system.until(lambda: revived(system) and attempt(ask), 60, "answered")
    return answer


def kept(system: System, key: bytes) -> list[bytes]:
    """What routing's database has parked under this key."""
    rows = system.ask("SELECT key, value FROM parked")["routing"]
    return [bytes(row[1]) for row in rows if bytes(row[0]) == key]


def copied(bus: Bus, key: bytes, least: int) -> list[bytes]:
    """What the topic of the parked holds under this key, once there are so many."""
    found: list[bytes] = []

    def enough() -> bool:
        found.extend(record.value for record in consumer.poll(0.2, 100) if record.key == key)
        return len(found) >= least

    with closing(bus.consumer(f"test-{uuid4().hex}", [parked("reports")])) as consumer:
        System.until(enough, 60, f"copied {least} times")
    return found


def revived(system: System) -> bool:
    """Whether the system answers; on the embedded footing a person (here: we) starts it again after a kill."""
    assert system.process is not None
    if system.footing == "embedded" and system.process.poll() is not None:
        system.start()
    return system.ready()
