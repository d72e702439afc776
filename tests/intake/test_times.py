"""Times that cannot be are told by name."""

from datetime import UTC, datetime, timedelta

import pytest

from services.intake.times import impossible

NOW = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
BEFORE, DAY = NOW - timedelta(days=30), timedelta(days=1)


@pytest.mark.parametrize("name", ["verified_at", "response/at", "due_at", "closed_at"])
def test_nothing_happens_to_a_report_before_it_was_received(name: str) -> None:
    assert [each for each, _ in impossible({"received_at": BEFORE, name: BEFORE - DAY}, NOW)] == [name]
    assert [each for each, _ in impossible({"received_at": None, name: BEFORE}, NOW)] == [name]
    assert list(impossible({"received_at": BEFORE, name: BEFORE}, NOW)) == []


def test_a_change_of_a_report_that_is_known_need_not_say_again_when_it_was_received() -> None:
    assert list(impossible({"received_at": None, "closed_at": BEFORE}, NOW, may_be_known=True)) == []
    times = {"received_at": BEFORE, "closed_at": BEFORE - DAY}
    assert [each for each, _ in impossible(times, NOW, may_be_known=True)] == ["closed_at"]


@pytest.mark.parametrize("name", ["received_at", "verified_at", "response/at", "closed_at"])
def test_what_has_happened_is_not_ahead(name: str) -> None:
    assert [each for each, _ in impossible({"received_at": BEFORE} | {name: NOW + 2 * DAY}, NOW)] == [name]


def test_a_deadline_may_be_ahead_and_a_clock_a_little_fast() -> None:
    soon = NOW + timedelta(minutes=1)
    assert list(impossible({"received_at": NOW, "closed_at": soon, "due_at": NOW + 30 * DAY}, NOW)) == []


def test_a_deadline_in_a_mistyped_year_is_told() -> None:
    thousand = timedelta(days=365_000)
    assert [each for each, _ in impossible({"received_at": BEFORE, "due_at": BEFORE + thousand}, NOW)] == ["due_at"]
    assert [each for each, _ in impossible({"received_at": None, "due_at": NOW + thousand}, NOW)] == ["due_at"]
