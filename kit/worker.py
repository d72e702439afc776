"""A worker: its loop polls a batch of records, handles them in one transaction and commits their offsets."""

import gc
import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from sqlalchemy import Engine, text
from sqlmodel import Session
from starlette.applications import Starlette

from contracts.topics import TOPICS, consumed_by
from kit import gaps, migrate, outbox, parked, patience, retention, telemetry, waiting, wake, web
from kit.bus import Bus, BusUnavailable, Consumer, Gap, Missed, Producer
from kit.clock import NOTE_EACH, PROCESS, CheckedClock
from kit.db import snapshot, transaction
from kit.delivery import Batch, Delivery, Handlers, one_by_one
from kit.health import NotReady
from kit.jobs.ticks import Tick, Ticker, Work
from kit.listening import listeners
from kit.locks import waited_too_long
from kit.outage import Held, is_outage
from kit.place import BusPlace
from kit.reading import Lost, read
from kit.settings import Settings
from kit.side_work import Relay, TopicKeeper
from kit.turns import in_turn
from kit.watching import Ended, Signal, until_next

__all__ = ["Batch", "Handlers", "Tick", "Worker", "serve"]

logger = logging.getLogger(__name__)

LIMIT = 500
"""Records in a batch, which share one transaction and one commit of their offsets."""
POLL_SECONDS = 2.0
"""Each poll waits for records until the next multiple of it; `Ended` and a record end it at once."""
RETRY_PARKED_EACH = 300.0
TAKE_UP_EACH = 30.0
MEASURE_EACH = 5.0
MEASURE_STILL_EACH = 30.0
"""While the database stays as it is."""
LOOK_FOR_REPLAY_EACH = 2.0
COLLECT_EACH = 20_000
"""New objects after which a process that is only a worker looks for garbage."""
STUCK_SECONDS = 120.0
"""Longer than any call of the loop may wait for its database or its bus."""


class Worker:
    """Handles the topics that `contracts.topics` gives the service, and relays its outbox. `run` it on one thread.

    `prepare` runs once, in a transaction, before the first record; `went_back`, in one too, when the database is found
    to be older than what it has handled (see `kit.place`). `ticks` run beside the loop (see `Tick`).
    `keeping`: for how long the kit's tables are kept; `retentions`: the same of the service's own tables.
    """

    def __init__(
        self,
        service: str,
        engine: Engine,
        bus: Bus,
        handlers: Handlers | None = None,
        *,
        batch: Batch | None = None,
        prepare: Callable[[Session], None] | None = None,
        went_back: Callable[[Session], object] | None = None,
        ticks: Sequence[Tick | tuple[float, Work]] = (),
        keeping: retention.Keeping = retention.DEFAULT,
        retentions: Sequence[retention.Retention] = (),
        pause: float = 0.2,
        clock: CheckedClock = PROCESS,
    ) -> None:
        self.service, self.engine, self.bus = service, engine, bus
        self._handle = batch or one_by_one(handlers or {})
        self._prepare = prepare
        self._clock = clock
        self.retentions = (*retention.of_kit(keeping), *retentions)
        self._ticks = (Tick(NOTE_EACH, clock.note), *retention.ticks(self.retentions), *ticks)
        self._pause = pause
        self._stop = threading.Event()
        self._batch_at = float("-inf")
        self._alive_at = time.monotonic()
        self._gaps: Sequence[Gap] = []
        self._oldest_at: int | None = None
        self._reasons: list[str] = []
        self._held: str | None = None
        self._runs = False
        """Whether the loop runs, which keeps its place on the bus; a batch that is handled alone has none."""
        self._parked = 0
        self._delivery = Delivery(engine, self._handle, self._stop, pause)
        self._went_back = went_back
        self._place = BusPlace(service, engine, self._note_went_back)
        self._handled = telemetry.HANDLED.labels(service)
        telemetry.UNHANDLED_OLDEST.labels(service).set_function(self._waited)

    def run(self, stop: threading.Event) -> None:
        """Work until `stop` is set. Raises errors that waiting does not end, which are mistakes in our code."""
        self._stop = stop
        self._delivery = Delivery(self.engine, self._handle, stop, self._pause)
        topics = [topic for topic in TOPICS if self.service in (topic.producer, *topic.consumers)]
        if not (self._retry_outages(lambda: self.bus.ensure(topics)) and self._retry_outages(self._prepare_once)):
            return
        ended = Ended()  # set when the loop ends for any reason, to end the side work
        beside: list[threading.Thread] = [
            Ticker(self.engine, self._ticks, ended, f"{self.service} ticks", self._clock),
            TopicKeeper(self.service, self.bus, topics, ended),
        ]
        if any(topic.producer == self.service for topic in topics):
            beside.append(Relay(self.service, self.engine, self.bus, ended))
            beside.extend(listeners(self.engine, (outbox.UNSENT,), ended))
        try:
            for thread in beside:
                thread.start()
            self._run_loop()
        finally:
            ended.set()
            for thread in beside:
                thread.join()

    def handle_batch(self, consumer: Consumer, producer: Producer, timeout: float | None = None) -> int:
        """Poll a batch, handle it and commit its offsets. Returns the number of records. `timeout`: seconds."""
        records = consumer.poll(until_next(POLL_SECONDS) if timeout is None else timeout, LIMIT)
        if self._runs and self._place.is_behind(consumer, records):
            return 0
        # Stays until the next poll, so that the metric does not drop between two batches of a backlog.
        self._oldest_at = min((record.at for record in records), default=None)
        if not records:
            return 0
        with in_turn(self.engine):
            readings = read(records)
        self._delivery.deliver(readings)
        # The work is committed. After a crash from here on the batch is delivered again, and the inbox drops it.
        lost = [reading for reading in readings if isinstance(reading, Lost)]
        if lost:
            producer.send([parked.unreadable_message(record, reason) for record, reason in lost])
        # Only now may the group continue after these records: each is handled, waits or is parked.
        consumer.commit()
        self._handled.inc(len(records))
        return len(records)

    def loop(self) -> None:
        """A check for /readyz: raise if the loop has finished no batch for a minute."""
        if gaps_left := self._gaps:
            records = ", ".join(f"{g.topic}/{g.partition} from {g.start} to {g.end - 1}" for g in gaps_left)
            raise NotReady(f"stopped: records {records} were deleted unread; run: pendapa replay {self.service}")
        if time.monotonic() - self._batch_at > 60:
            raise NotReady("the loop has finished no batch for a minute")

    def alive(self) -> None:
        """A check for /healthz: raise if the loop is stuck; one that waits for a database that is away is not."""
        if time.monotonic() - self._alive_at > STUCK_SECONDS:
            raise RuntimeError("the loop is stuck")

    def database(self) -> None:
        """A check for /readyz: raise if the database does not answer."""
        with snapshot(self.engine) as session:
            session.execute(text("SELECT 1"))

    def version(self) -> None:
        """A check for /readyz: raise if this process is older than its database requires."""
        migrate.check_version(self.engine, self.service)

    def warning(self) -> str | None:
        """A check for /readyz: why all work or some events wait, as last measured, and which locks do; no report."""
        if self._held is not None:
            return self._held
        waiting = f"{self.service} keeps events waiting: {'; '.join(self._reasons)}" if self._reasons else None
        parked = f"{self._parked} parked in {self.service} (pendapa parked list)" if self._parked else None
        noticed = [self._clock.doubt(), *self._place.noticed(self._delivery.numbered_again)]
        told = (*noticed, waiting, parked, waited_too_long(self.engine))
        return "; ".join(each for each in told if each) or None

    def _run_loop(self) -> None:
        opened: list[tuple[Consumer, Producer]] = []
        if not self._retry_outages(lambda: opened.append(self._open())):
            return
        [(consumer, producer)] = opened
        self._runs = True
        self._batch_at = time.monotonic()
        try:
            with wake.changes(self.engine) as changed:
                self._work(consumer, producer, changed)
        finally:
            producer.close()
            consumer.close()

    def _work(self, consumer: Consumer, producer: Producer, changed: Signal) -> None:
        measured = retried = taken_up = float("-inf")
        seen = -1
        while not self._stop.is_set():
            if time.monotonic() - retried > RETRY_PARKED_EACH:
                retried = time.monotonic()
                self._retry_outages(self._delivery.retry_parked)
            if time.monotonic() - taken_up > TAKE_UP_EACH:
                taken_up = time.monotonic()
                self._retry_outages(self._delivery.take_up)
            still = wake.can_rest(self.engine) and changed.count == seen
            if time.monotonic() - measured > (MEASURE_STILL_EACH if still else MEASURE_EACH):
                measured, seen = time.monotonic(), changed.count
                self._retry_outages(self.version)
                self._retry_outages(self._delivery.try_again)
                self._retry_outages(lambda: self._measure(consumer))
            if self._retry_outages(
                lambda: self._handle_or_stop(consumer, producer), undo=lambda: self._place.rewind(consumer)
            ):
                self._batch_at = time.monotonic()

    def _handle_or_stop(self, consumer: Consumer, producer: Producer) -> None:
        """Handle a batch; if records before it were deleted unread, wait until a person has replayed them."""
        try:
            self.handle_batch(consumer, producer)
        except Missed as missed:
            self._wait_for_replay(consumer, missed.gaps)
        else:
            self._gaps = []

    def _wait_for_replay(self, consumer: Consumer, missed: Sequence[Gap]) -> None:
        with transaction(self.engine) as session:
            for gap in missed:
                gaps.note(session, gap, datetime.now(UTC))
            lacking = [gap for gap in missed if not gaps.is_replayed(session, gap)]
        if not lacking:
            for gap in missed:
                self._place.go_on_after(gap)
                consumer.skip(gap)
            return
        for gap in lacking:
            if gap not in self._gaps:
                logger.error("records of %s/%s were deleted unread: offsets %s to %s; run pendapa replay %s",
                             gap.topic, gap.partition, gap.start, gap.end - 1, self.service)  # fmt: skip
        self._gaps = lacking
        self._stop.wait(LOOK_FOR_REPLAY_EACH)

    def _open(self) -> tuple[Consumer, Producer]:
        producer = self.bus.producer()
        return self.bus.consumer(self.service, consumed_by(self.service)), producer

    def _measure(self, consumer: Consumer) -> None:
        if not self._gaps:
            self._place.look(consumer)
        self._place.noticed(self._delivery.numbered_again)
        telemetry.LAG.labels(self.service).set(consumer.lag())
        with snapshot(self.engine) as session:
            telemetry.WAITING.labels(self.service).set(waiting.count(session))
            telemetry.MISSED.labels(self.service).set(gaps.count(session))
            self._reasons = waiting.reasons(session)
            self._parked = parked.count(session)
            telemetry.PARKED.labels(self.service).set(self._parked)

    def _retry_outages(self, work: Callable[[], object], undo: Callable[[], None] | None = None) -> bool:
        """Do `work`; while the database or the bus does not answer, try again. False: stopped before it was done."""
        wait = self._pause
        while not self._stop.is_set():
            self._show_alive()
            try:
                work()
                self._held = None
                return True
            except Held as held:
                self._hold(str(held))
            except Exception as error:
                if not (isinstance(error, BusUnavailable) or is_outage(error)):
                    raise
                logger.warning("the database or the bus does not answer; trying again in %.1f s", wait, exc_info=error)
            if undo is not None:
                undo()
            self._stop.wait(wait)
            wait = min(wait * 2, 10.0)
        return False

    def _hold(self, reason: str) -> None:
        if reason != self._held:
            logger.warning(reason)
        self._held = reason

    def _prepare_once(self) -> None:
        self._clock.compare(self.engine)
        if self._prepare is not None:
            with transaction(self.engine) as session:
                self._prepare(session)

    def _note_went_back(self) -> None:
        if self._went_back is not None:
            with transaction(self.engine) as session:
                self._went_back(session)

    def _show_alive(self) -> None:
        self._alive_at = time.monotonic()

    def _waited(self) -> float:
        at = self._oldest_at
        return 0.0 if at is None else max(0.0, time.time() - at / 1000)  # the sender's clock may be ahead of ours


def serve(worker: Worker, settings: Settings) -> None:
    """Run a worker as a process: until SIGTERM or SIGINT, with its health and metrics beside it if it has a port."""
    stop = Ended()
    # What was loaded stays; and a batch makes tens of thousands of objects, which all end with it.
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_EACH)

    def end(*_: object) -> None:
        stop.set()
        patience.end_waits_in(web.LAST_SECONDS)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    beside = None
    if settings.port:
        app = Starlette()
        checks = (worker.version, worker.database, worker.bus.ping, worker.loop, worker.warning)
        web.operations(app, checks, alive=(worker.alive,))
        beside = web.Background(app, settings.host, settings.port)
    try:
        worker.run(stop)
    finally:
        if beside is not None:
            beside.close()
