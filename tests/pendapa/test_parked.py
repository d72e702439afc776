"""`pendapa parked`: a person sees what a service could not take, tries it again or discards it, and is named."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Engine, select
from typer.testing import CliRunner, Result

from contracts.events import CaseAcknowledged
from contracts.topics import TOPICS
from kit import gaps, inbox, migrate, outbox
from kit.bus import Gap, Message
from kit.bus.embedded import EmbeddedBus
from kit.db import open_engine, snapshot, transaction
from kit.parked import ACT, PARKED
from kit.worker import Worker
from pendapa.main import app
from services.intake.standings import follow_cases


class Desk:
    """A data folder, its intake at work, and a person with the command line."""

    def __init__(self, data: Path) -> None:
        self.data, store = data, data / "embedded"
        store.mkdir()
        self.bus = EmbeddedBus(str(store / "bus.sqlite"))
        self.bus.ensure(TOPICS)
        for service in ("routing", "publish"):
            migrate.upgrade(f"sqlite:///{store / service}.sqlite", service)
        migrate.upgrade(f"sqlite:///{store / 'intake'}.sqlite", "intake")
        self.intake: Engine = open_engine(f"sqlite:///{store / 'intake'}.sqlite")
        self.routing: Engine = open_engine(f"sqlite:///{store / 'routing'}.sqlite")

    def handle(self, *messages: Message) -> None:
        worker = Worker("intake", self.intake, self.bus, batch=follow_cases)
        with closing(self.bus.consumer("intake", ["cases"])) as consumer, closing(self.bus.producer()) as producer:
            producer.send(messages)
            while worker.handle_batch(consumer, producer, timeout=0):
                pass
            worker._delivery.try_again()

    def call(self, *words: str) -> Result:
        return CliRunner().invoke(app, ["parked", *words, "--data", str(self.data)])

    def say(self, *words: str) -> str:
        answer = self.call(*words)
        assert answer.exit_code == 0, answer.output
        return answer.output

    def rows(self) -> list[int]:
        with snapshot(self.intake) as session:
            return list(session.scalars(select(PARKED.c.number).order_by(PARKED.c.number)))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    desk = Desk(tmp_path)
    yield desk
    desk.intake.dispose()
    desk.routing.dispose()


def odd(words: bytes = b"not json") -> Message:
    return Message("cases", b"key", (("ce_id", b"?"),), words)


def test_a_parked_record_is_listed_and_shown_whole(desk: Desk) -> None:
    assert desk.say("list") == "Nothing is parked\n"
    desk.handle(odd(b"not json at all"))
    [number] = desk.rows()
    listed = desk.say("list")
    assert listed.startswith(f"intake {number}  ")
    assert "unreadable: " in listed
    assert desk.say("list", "routing") == "Nothing is parked\n"
    shown = desk.say("show", "intake", str(number))
    assert "not json at all" in shown
    assert "ce_id: b'?'" in shown


def test_a_record_is_tried_again_and_stays_while_it_cannot_be_read(desk: Desk) -> None:
    desk.handle(odd())
    [number] = desk.rows()
    assert "To be tried again by intake: 1" in desk.say("resend", "intake", str(number), "--reason", "a newer version")
    assert "to be tried again" in desk.say("list")
    desk.handle()
    assert "to be tried again" not in desk.say("list")
    assert desk.rows() == [number]
    assert "To be tried again by intake: 1" in desk.say("resend", "intake", "--all")
    assert "resend by " in desk.say("show", "intake", str(number))


def test_a_discarded_record_is_gone_and_who_did_it_is_kept(desk: Desk) -> None:
    desk.handle(odd())
    [number] = desk.rows()
    assert desk.call("discard", "intake", str(number)).exit_code == 2
    assert "Say why" in str(desk.call("discard", "intake", str(number), "--reason", " ").exception)
    desk.say("discard", "intake", str(number), "--reason", "sent by a test program")
    assert desk.rows() == []
    assert "discard by " in desk.say("show", "intake", str(number))
    with snapshot(desk.intake) as session:
        [act] = session.execute(select(ACT)).all()
    assert (act.record, act.act, act.reason) == (number, "discard", "sent by a test program")
    assert "has no parked record" in str(desk.call("resend", "intake", str(number)).exception)


def test_later_events_of_a_report_go_on_after_a_discarded_one(desk: Desk) -> None:
    report = uuid4()
    events = [CaseAcknowledged(time=datetime.now(UTC), subject=report, agency="dpu") for _ in range(2)]
    with transaction(desk.routing) as session:
        outbox.publish(session, *events)
    sent: list[Message] = []
    with closing(Keeping(desk.bus, sent)) as keeping:
        outbox.relay(desk.routing, keeping, "routing")
    broken = sent[0]._replace(value=b"\xff")
    desk.handle(broken, sent[1])
    [number] = desk.rows()
    desk.say("discard", "intake", str(number), "--reason", "its bytes are broken for good")
    Worker("intake", desk.intake, desk.bus, batch=follow_cases)._delivery.take_up()
    with snapshot(desk.intake) as session:
        assert inbox.taken(session, [str(report)]) == {str(report): 2}


class Keeping:
    """A producer that keeps what it is given."""

    def __init__(self, bus: EmbeddedBus, into: list[Message]) -> None:
        self._into = into

    def send(self, messages: Sequence[Message]) -> None:
        self._into += messages

    def close(self) -> None: ...


def test_a_replay_of_all_that_is_lacking_lets_a_service_go_on_after_a_gap(desk: Desk) -> None:
    gap = Gap("cases", 0, 3, 6)
    with transaction(desk.intake) as session:
        gaps.note(session, gap, datetime.now(UTC))
        gaps.note(session, gap, datetime.now(UTC))
        assert gaps.count(session) == 1
    options = ["replay", "intake", "--data", str(desk.data)]
    CliRunner().invoke(app, [*options, "--since", "2026-01-01"])
    with snapshot(desk.intake) as session:
        assert not gaps.is_replayed(session, gap)
    assert CliRunner().invoke(app, options).exit_code == 0
    with snapshot(desk.intake) as session:
        assert gaps.is_replayed(session, gap)
        assert gaps.count(session) == 0
