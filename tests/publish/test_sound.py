"""Whatever was changed in the log or in the record behind publish's back is told, and nothing else is."""

import re
from uuid import UUID

import pytest
from sqlalchemy import select, text

from contracts.events import CaseCorrected, CaseHidden, CaseResponded
from kit.db import snapshot, transaction
from services.publish.log import checkpoint, merkle
from services.publish.record import sound
from services.publish.tables import LOG_STATE
from tests.publish.conftest import NOW, Desk, closed, disposed, opened


class Lived:
    """A record with a closed report, a hidden one, one without words, and one whose answer was replaced for privacy."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.first, self.hidden, self.silent, self.corrected = (desk.open(f"Jalan {n} rusak") for n in range(4))
        self.confidential = opened(text=None, place=None).subject
        desk.publish(opened(subject=self.confidential, text=None, place=None))
        for report in (self.first, self.hidden, self.corrected):
            desk.publish(disposed(report))
        desk.publish(closed(self.first))
        desk.publish(CaseHidden(time=NOW, subject=self.hidden, reason="a name"))
        desk.publish(
            CaseResponded(time=NOW, subject=self.corrected, agency="dpu", text="Pak Budi", acted=True, closes_at=NOW)
        )
        desk.publish(
            CaseCorrected(
                time=NOW,
                subject=self.corrected,
                agency="dpu",
                answer=1,
                text="Petugas",
                reason="a name",
                privacy=True,
                by="agency",
            )
        )

    def faults(self) -> list[str]:
        with snapshot(self.desk.engine) as session:
            return list(sound.faults(session, self.desk.signer.verifier))

    def change(self, sql: str, **values: object) -> None:
        with transaction(self.desk.engine) as session:
            assert session.execute(text(sql), values).rowcount > 0  # type: ignore[attr-defined]


@pytest.fixture
def lived(desk: Desk) -> Lived:
    return Lived(desk)


def test_a_record_and_its_log_hold_together(lived: Lived) -> None:
    assert lived.faults() == []


def test_an_empty_database_has_no_fault(desk: Desk) -> None:
    with snapshot(desk.engine) as session:
        assert list(sound.faults(session, desk.signer.verifier)) == []


OF_FIRST = "WHERE report = :first"
WORDS = "text IS NOT NULL"


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("UPDATE record SET doc = CHANGED(doc, jalan-rusak, sampah) WHERE id = :first", "is not the record"),
        ("DELETE FROM record WHERE id = :first", "has no record, and fact"),
        ("DELETE FROM face WHERE id = :first", "has no rendered answers"),
        (f"UPDATE leaf SET entry = CHANGED(entry, dpu, xyz) {OF_FIRST}", "is not the one that"),
        (f"UPDATE leaf SET text = 'x' WHERE report = :corrected AND {WORDS}", "words of fact"),
        (f"UPDATE leaf SET text = NULL, text_salt = NULL {OF_FIRST} AND {WORDS}", "no correction says so"),
        ("UPDATE leaf SET salt = NULL, entry = NULL WHERE report = :silent", "is gone, and no fact says so"),
        ('DELETE FROM leaf WHERE "index" = 2', "the log has no fact 2"),
        ("UPDATE log_state SET size = size - 1", "the log's head is of"),
        ("UPDATE log_state SET checkpoint = 'x'", "the log's checkpoint is not right"),
        ("DELETE FROM tile", "the log lacks tiles"),
        ("UPDATE tally SET reports = 2 WHERE status = 'closed'", "2 closed reports of jalan-rusak with dpu are"),
        ("UPDATE hidden SET id = :first", "was hidden, and is public"),
        ("UPDATE record SET text_salt = NULL WHERE id = :first", "has other words"),
    ],
)
def test_each_change_behind_its_back_is_told(lived: Lived, sql: str, told: str) -> None:
    names = ("first", "silent", "corrected", "hidden")
    sql = re.sub(r"CHANGED\((\w+), ([\w-]+), (\w+)\)", CHANGED[lived.desk.engine.dialect.name], sql)
    lived.change(sql, **{name: str(getattr(lived, name)) for name in names if f":{name}" in sql})
    assert any(told in fault for fault in lived.faults()), lived.faults()


CHANGED = {
    "sqlite": r"CAST(replace(CAST(\1 AS TEXT), '\2', '\3') AS BLOB)",
    "postgresql": r"convert_to(replace(convert_from(\1, 'UTF8'), '\2', '\3'), 'UTF8')",
}


def test_a_record_that_no_fact_commits_to_is_told(lived: Lived) -> None:
    stranger = str(UUID(int=1))
    lived.change("UPDATE record SET id = :new WHERE id = :first", new=stranger, first=str(lived.first))
    assert any(f"report {stranger} is public, and no fact" in fault for fault in lived.faults())


def test_another_history_of_the_same_size_is_told_by_its_root(lived: Lived) -> None:
    signed = checkpoint.sign(lived.desk.signer, 3, merkle.EMPTY)
    lived.change("UPDATE log_state SET checkpoint = :signed", signed=signed)
    with snapshot(lived.desk.engine) as session:
        size = session.scalars(select(LOG_STATE.c.size)).one()
    assert lived.faults() == [f"the log's checkpoint is of 3 facts, and its head of {size}"]
