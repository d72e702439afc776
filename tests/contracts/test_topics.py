"""The topic table is true: each service takes every event of its topics, and parks none of them."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from contracts.generate import HERE, MODELS
from contracts.topics import TOPICS, consumed_by
from kit import migrate
from kit.bus import BusRecord, Message, open_bus
from kit.db import snapshot
from kit.inbox import INBOX
from kit.parked import PARKED
from services.publish.log.checkpoint import generate_key
from tests.contracts.test_events import record

ROOT = HERE.parent
LIFE = (
    (
        *("report.received.v1", "report.amended.v1", "report.updated.v1", "report.feedback.v1"),
        *("report.withdrawn.v1", "report.hidden.v1", "report.undone.v1"),
    ),
    (
        *("case.opened.v1", "case.disposed.v1", "case.acknowledged.v1", "case.rescheduled.v1", "case.escalated.v1"),
        *("case.responded.v1", "case.corrected.v1", "case.amended.v1", "case.refused.v1", "case.relocated.v1"),
        *("case.closed.v1", "case.reopened.v1", "case.merged.v1", "case.told.v1", "case.split.v1"),
        *("case.hidden.v1", "case.rejected.v1", "case.opened.v2"),
    ),
)

OTHERS = {
    "case.rejected.v1": b"00000000-0000-4000-8000-000000000002",
    "case.opened.v2": b"00000000-0000-4000-8000-000000000003",
}


def test_the_lives_name_every_event() -> None:
    assert {name for life in LIFE for name in life} == {name for topic in TOPICS for name in topic.events}


@pytest.mark.parametrize("service", ["intake", "routing", "publish"])
def test_a_service_takes_every_event_of_its_topics(service: str, tmp_path: Path) -> None:
    bus = open_bus(f"sqlite:///{tmp_path}/bus.sqlite")
    bus.ensure(TOPICS)
    sent = [message(n, name) for life in LIFE for n, name in enumerate(life) if name in heard(service)]
    producer = bus.producer()
    producer.send(sent)
    producer.close()
    bus.close()

    worker = started(service, tmp_path)
    with snapshot(worker.engine) as session:
        assert session.scalar(select(func.count()).select_from(PARKED)) == 0
        assert session.scalar(select(func.count()).select_from(INBOX)) == len(sent) > 0


@pytest.mark.parametrize("service", ["intake", "routing", "publish"])
def test_a_service_listens_to_one_producer_whose_numbers_it_therefore_need_not_tell_apart(service: str) -> None:
    assert len({topic.producer for topic in TOPICS if service in topic.consumers}) == 1


@pytest.mark.parametrize("service", ["intake", "routing", "publish"])
def test_a_service_makes_every_event_of_the_topics_it_produces_and_no_other(service: str) -> None:
    ours = {name for topic in TOPICS if topic.producer == service for name in topic.events}
    assert {name for file in (ROOT / "services" / service).rglob("*.py") for name in made(file)} == ours


def made(file: Path) -> Iterator[str]:
    """The events that a file's code makes."""
    classes = {model.__name__: name for name, model in MODELS.items()}
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call):
            called = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            # `case CaseOpened():` is a pattern, not a call.
            if called in classes:
                yield classes[called]


def heard(service: str) -> set[str]:
    return {name for topic in TOPICS if topic.name in consumed_by(service) for name in topic.events}


def message(n: int, name: str) -> Message:
    """The example of an event, as the n-th of one report's life; those of `OTHERS` are about reports of their own."""
    example: BusRecord = record(HERE / "examples" / f"{name}.json")
    told = dict(example.headers)
    subject = OTHERS.get(name, example.key)
    told |= {"ce_id": f"00000000-0000-4000-8000-{n:012}".encode(), "ce_subject": subject}
    return Message(example.topic, subject, tuple(told.items()), example.value)


def started(service: str, folder: Path) -> Any:
    """The service's worker, after it has handled what was there."""
    url = f"sqlite:///{folder}/{service}.sqlite"
    migrate.upgrade(url, service)
    settings: dict[str, Any] = {
        "database_url": SecretStr(url),
        "bus_url": f"sqlite:///{folder}/bus.sqlite",
        "region": HERE.parent / "regions/bojonegoro",
        "gateway_secret": SecretStr("secret"),
    }
    if service == "intake":
        settings |= {"follow_secret": SecretStr("x" * 16)}
    if service == "publish":
        settings |= {"files_url": folder.as_uri(), "log_key": SecretStr(generate_key("log")), "origin": "log"}
    made = import_module(f"services.{service}.settings").Settings(**settings)
    worker = import_module(f"services.{service}.worker").create_worker(made)
    consumer, producer = worker.bus.consumer(service, consumed_by(service)), worker.bus.producer()
    while worker.handle_batch(consumer, producer):
        pass
    consumer.close()
    producer.close()
    worker.bus.close()
    return worker
