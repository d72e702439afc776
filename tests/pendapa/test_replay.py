"""`pendapa replay`: a service whose database was lost or is older gets what it lacks, once and in order."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Engine, delete, select, text, update
from typer.testing import CliRunner

from contracts.events import CaseAcknowledged, CaseDisposed, CaseOpened, Channel, Event, Kind
from contracts.topics import TOPICS
from kit import migrate, outbox, sent
from kit.bus import Message
from kit.bus.embedded import EmbeddedBus
from kit.db import open_engine, snapshot, transaction
from kit.worker import Worker
from pendapa.main import app
from services.intake.standings import STANDING, follow_cases

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)


class Town:
    """Intake and routing on the embedded footing, in a data folder; intake is the one that loses events."""

    def __init__(self, data: Path) -> None:
        self.data, self.store = data, data / "embedded"
        self.store.mkdir()
        self.bus = EmbeddedBus(str(self.store / "bus.sqlite"))
        self.bus.ensure(TOPICS)
        self.routing = self.open("routing")
        self.intake = self.open("intake")

    def open(self, service: str) -> Engine:
        url = f"sqlite:///{self.store / service}.sqlite"
        migrate.upgrade(url, service)
        return open_engine(url)

    def announce(self, *events: Event) -> None:
        with transaction(self.routing) as session:
            outbox.publish(session, *events)
        self.send()

    def send(self) -> int:
        with closing(self.bus.producer()) as producer:
            return outbox.relay(self.routing, producer, "routing")

    def handle(self) -> None:
        """Intake takes what the bus has for it."""
        worker = Worker("intake", self.intake, self.bus, batch=follow_cases)
        with closing(self.bus.consumer("intake", ["cases"])) as consumer, closing(self.bus.producer()) as producer:
            while worker.handle_batch(consumer, producer, timeout=0):
                pass

    def replay(self, *options: str) -> int:
        """How many events were queued."""
        answer = CliRunner().invoke(app, ["replay", "intake", "--data", str(self.data), *options])
        assert answer.exit_code == 0, answer.output
        return int(answer.output.rpartition(":")[2])

    def standings(self) -> dict[str, str]:
        with snapshot(self.intake) as session:
            return {row.report: row.status for row in session.execute(select(STANDING))}

    def put_aside(self) -> list[int]:
        with snapshot(self.intake) as session:
            return [
                session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in ("waiting", "parked")
            ]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    town = Town(tmp_path)
    yield town
    town.routing.dispose()
    town.intake.dispose()


def opened(report: UUID) -> CaseOpened:
    return CaseOpened(
        subject=report,
        time=NOW,
        kind=Kind.complaint,
        channel=Channel.sms,
        category="jalan-rusak",
        text=None,
        place=None,
        received_at=NOW,
        verified_by="machine",
    )


def disposed(report: UUID) -> CaseDisposed:
    return CaseDisposed(subject=report, time=NOW, agency="dpu", category="jalan-rusak", reason="jalan")


def acknowledged(report: UUID) -> CaseAcknowledged:
    return CaseAcknowledged(subject=report, time=NOW, agency="dpu")


def test_a_database_that_was_restored_from_an_older_copy_gets_what_it_lacks(town: Town, tmp_path: Path) -> None:
    one, two = uuid4(), uuid4()
    town.announce(opened(one), disposed(one))
    town.handle()
    town.intake.dispose()
    shutil.copy(town.store / "intake.sqlite", tmp_path / "copy")
    town.announce(acknowledged(one), opened(two), disposed(two))
    town.handle()
    whole = town.standings()
    assert whole == {str(one): "in_progress", str(two): "disposed"}

    town.intake.dispose()
    (tmp_path / "copy").replace(town.store / "intake.sqlite")
    assert town.standings() == {str(one): "disposed"}
    town.announce(acknowledged(two))  # comes first, and waits for those before it
    town.handle()
    assert town.put_aside() == [1, 0]
    assert town.replay() == 3
    assert town.replay() == 0, "they are in the outbox already"
    assert town.send() == 3
    town.handle()
    assert town.standings() == whole | {str(two): "in_progress"}
    assert town.put_aside() == [0, 0]
    assert town.replay() == 0


def test_a_database_that_lost_all_its_rows_gets_everything(town: Town) -> None:
    reports = [uuid4() for _ in range(20)]
    for report in reports:
        town.announce(opened(report), disposed(report), acknowledged(report))
    town.handle()
    with transaction(town.intake) as session:
        for table in ("standing", "inbox", "taken"):
            session.execute(text(f"DELETE FROM {table}"))
    assert town.replay() == 60
    town.send()
    town.handle()
    assert town.standings() == {str(report): "in_progress" for report in reports}
    assert town.put_aside() == [0, 0]


class Losing:
    """A bus that loses what it is sent."""

    def send(self, messages: Sequence[Message]) -> None: ...

    def close(self) -> None: ...


def test_an_event_whose_number_another_one_had_before_its_producer_was_restored_is_sent_again(town: Town) -> None:
    report = uuid4()
    town.announce(opened(report), disposed(report))
    town.handle()
    with transaction(town.routing) as session:  # as in a copy from before the second event
        session.execute(delete(sent.SENT).where(sent.SENT.c.seq == 2))
        outbox.publish(session, acknowledged(report))
    assert outbox.relay(town.routing, Losing(), "routing") == 1
    assert town.replay() == 1
    town.send()
    town.handle()
    assert town.standings() == {str(report): "in_progress"}
    assert town.put_aside() == [0, 0]


def test_a_service_that_lacks_nothing_is_sent_nothing(town: Town) -> None:
    town.announce(opened(uuid4()))
    town.handle()
    assert town.replay() == 0
    assert town.send() == 0


def test_one_report_or_what_was_sent_since_a_time_can_be_asked_for(town: Town) -> None:
    one, two = uuid4(), uuid4()
    town.announce(opened(one), opened(two))
    with transaction(town.routing) as session:
        old = datetime.now(UTC) - timedelta(days=9)
        session.execute(update(sent.SENT).where(sent.SENT.c.subject == str(two)).values(sent_at=old))
    since = (datetime.now(UTC) - timedelta(days=3)).strftime("%Y-%m-%d")
    assert town.replay("--report", str(two), "--since", since) == 0
    assert town.replay("--since", since) == 1
    assert town.replay("--report", str(two)) == 1


def test_a_folder_without_its_databases_is_one_clear_line(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["replay", "publish", "--data", str(tmp_path)])
    assert "publish.sqlite is not there" in str(answer.exception)
    distributed = CliRunner().invoke(app, ["replay", "publish", "--data", str(tmp_path), "--footing", "distributed"])
    assert "PUBLISH_DATABASE_URL" in str(distributed.exception)
    assert not list(tmp_path.rglob("*.sqlite"))
