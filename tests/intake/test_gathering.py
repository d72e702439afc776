"""Reports committed together: each caller gets its own receipt or its own failure."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from contracts.events import Channel
from kit.db import transaction
from kit.writer import Writer
from services.intake import handlers
from services.intake.domain import Receipt
from services.intake.gathering import Gathering
from services.intake.handlers import REPORT, Draft, receive_reports
from tests.intake.test_sms_door import all_of, events

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)


def draft(text: str, source_id: str | None = None) -> Draft:
    source = ("api/test", source_id) if source_id else None
    return Draft(text=text, channel=Channel.web, received_at=NOW, source=source)


def receive(session: Session, drafts: Sequence[Draft]) -> list[Receipt]:
    if any(draft.text == "bad" for draft in drafts):
        raise ValueError("bad")
    return receive_reports(session, drafts, "ID", NOW)


def test_a_bad_companion_fails_alone(rows: Engine) -> None:
    writer = Writer(rows)

    async def keep_all() -> list[Receipt | BaseException]:
        gathering = Gathering(writer, receive)
        texts = ["first", "bad", "second", "third"]
        return await asyncio.gather(*(gathering.keep(draft(text)) for text in texts), return_exceptions=True)

    outcomes = asyncio.run(keep_all())
    writer.close()
    assert [type(outcome) for outcome in outcomes] == [Receipt, ValueError, Receipt, Receipt]
    texts_by_id = {row["id"]: row["text"] for row in all_of(rows, REPORT)}
    assert [texts_by_id[outcome.id] for outcome in outcomes if isinstance(outcome, Receipt)] == [
        "first",
        "second",
        "third",
    ]
    assert len(events(rows)) == 3


def test_the_same_source_twice_in_one_commit_is_one_report(rows: Engine) -> None:
    with transaction(rows) as session:
        drafts = [draft("a", "1"), draft("b", "2"), draft("a", "1"), draft("c", "1")]
        first, other, again, otherwise = receive_reports(session, drafts, "ID", NOW)
    assert first == again != other
    assert otherwise == first._replace(differs=True)
    assert len(events(rows)) == 2


def test_a_code_that_is_taken_is_made_again(rows: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    codes = iter(["22222222", "22222222", "22222222", "33333333"])
    monkeypatch.setattr(handlers, "make_code", lambda _: next(codes))
    with transaction(rows) as session:
        first, second = receive_reports(session, [draft("a", "1"), draft("b")], "ID", NOW)
    assert {first.code, second.code} == {"22222222", "33333333"}
    assert {row["id"]: row["text"] for row in all_of(rows, REPORT)} == {first.id: "a", second.id: "b"}
    assert len(events(rows)) == 2


def test_what_arrives_while_the_loop_turns_is_committed_at_once(rows: Engine) -> None:
    sizes: list[int] = []

    def noting(session: Session, drafts: Sequence[Draft]) -> list[Receipt]:
        sizes.append(len(drafts))
        return receive(session, drafts)

    async def after_turns(gathering: Gathering, turns: int) -> Receipt:
        for _ in range(turns):
            await asyncio.sleep(0)
        return await gathering.keep(draft(f"{turns} turns later"))

    async def keep_all() -> None:
        gathering = Gathering(writer, noting)
        await asyncio.gather(*(after_turns(gathering, turns) for turns in range(5)))
        await gathering.keep(draft("alone"))

    writer = Writer(rows)
    asyncio.run(keep_all())
    writer.close()
    assert sizes == [5, 1]
    assert len(events(rows)) == 6
