"""How many reports a second one routing worker takes off a real Kafka for each core it uses."""

import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psutil
from psycopg.errors import UndefinedTable

from bench.seed import REGION, ROOT
from bench.table import Line
from contracts.events import Channel, ReportReceived
from contracts.topics import TOPICS
from kit.bus import Message, open_bus
from kit.bus.cloudevents import headers
from kit.db import Reader, open_engine
from pendapa.live.kafka import Kafka
from pendapa.live.postgres import Postgres

MESSAGES = 20_000


def run(folder: Path) -> list[Line]:
    """Send the messages, then start the worker, and measure the time and CPU time until all are handled."""
    kafka, postgres = Kafka(folder / "kafka"), Postgres(folder / "postgres")
    servers, _ = kafka.up(), postgres.up()
    try:
        database = postgres.create("routing")
        bus = open_bus(f"kafka://{servers}")
        bus.ensure(TOPICS)
        producer = bus.producer()
        for _ in range(MESSAGES // 500):
            producer.send([message() for _ in range(500)])
        bus.close()
        elapsed, cpu_seconds = drain(database, servers)
    finally:
        postgres.stop()
        kafka.stop()
    figures = (
        f"{MESSAGES / cpu_seconds:,.0f} reports/s per core ({MESSAGES / elapsed:,.0f}/s beside broker and database)"
    )
    return [Line("routing worker on Kafka and PostgreSQL", figures, "", "", "")]


def message() -> Message:
    event = ReportReceived(
        time=datetime.now(UTC),
        subject=uuid4(),
        text="Jalan desa Tapelan kecamatan Kapas rusak parah, banyak lubang besar, mohon segera diperbaiki",
        channel=Channel.sms,
    )
    attributes = headers(
        id=str(event.id), type=event.type, subject=str(event.subject), time=event.time, source="intake"
    )
    body = event.model_dump_json(exclude={"id", "type", "subject", "time"}).encode()
    return Message("reports", str(event.subject).encode(), attributes, body)


def drain(database: str, servers: str) -> tuple[float, float]:
    """The seconds, and the CPU seconds of the worker, from the first case to the last."""
    settings = {
        "ROUTING_DATABASE_URL": database,
        "ROUTING_BUS_URL": f"kafka://{servers}",
        "ROUTING_REGION": str(REGION),
        "ROUTING_GATEWAY_SECRET": "bench",
    }
    worker = subprocess.Popen(
        [sys.executable, "-m", "services.routing.worker"],
        cwd=ROOT,
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        reader = Reader(open_engine(database))
        started = wait_for(reader, 1, worker)
        before = psutil.Process(worker.pid).cpu_times()
        ended = wait_for(reader, MESSAGES, worker)
        after = psutil.Process(worker.pid).cpu_times()
    finally:
        worker.terminate()
        worker.wait(30)
    return ended - started, after.user + after.system - before.user - before.system


def wait_for(reader: Reader, cases: int, worker: subprocess.Popen[bytes]) -> float:
    """The time at which there were so many cases. Raises `RuntimeError` if the worker has ended before."""
    while worker.poll() is None:
        try:
            if reader.rows_now('SELECT count(*) FROM "case"')[0][0] >= cases:
                return time.perf_counter()
        except UndefinedTable:
            pass  # the worker has not migrated the database yet
        time.sleep(0.05)
    raise RuntimeError(f"the worker has ended with {worker.returncode} before it had handled all reports")
