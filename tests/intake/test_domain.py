"""Clean texts, codes, and standings."""

import secrets
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import (
    CODE_ALPHABET,
    StandingChange,
    arrived_at,
    clean_text,
    follow,
    make_code,
    may_be_code,
    parse_token,
)

NOW = datetime(2026, 11, 24, 5, tzinfo=UTC)


@given(st.text())
def test_a_clean_text_has_no_control_characters_and_stays_as_it_is(text: str) -> None:
    cleaned = clean_text(text)
    assert clean_text(cleaned) == cleaned
    assert not any(ord(c) < 32 and c not in "\n\t" for c in cleaned)


def test_a_code_has_eight_characters_and_is_no_word() -> None:
    codes = {make_code(secrets.randbelow) for _ in range(2000)}
    assert len(codes) == 2000
    assert all(len(code) == 8 and set(code) <= set(CODE_ALPHABET) and may_be_code(code) for code in codes)


@pytest.mark.parametrize("token", ["", "\0", "' OR 1=1 --", "K7M2P9Q", "BERGERAK1", "9" * 100_000])
def test_a_text_that_cannot_be_a_token_is_not_looked_up(token: str) -> None:
    assert parse_token(token) == ("", "")


def test_a_message_arrived_when_its_provider_says_if_that_is_credible() -> None:
    assert arrived_at(NOW - timedelta(hours=3), NOW) == NOW - timedelta(hours=3)
    for wrong in (None, NOW + timedelta(seconds=1), NOW - timedelta(days=31)):
        assert arrived_at(wrong, NOW) == NOW


def test_a_standing_keeps_its_agency_and_forgets_its_closure_when_reopened() -> None:
    changes = [
        StandingChange("verified", None, None, NOW),
        StandingChange("disposed", "dpu", None, NOW),
        StandingChange("closed", None, "done", NOW),
    ]
    closed = follow(None, changes)
    assert (closed.status, closed.agency, closed.closure) == ("closed", "dpu", "done")
    assert follow(closed, [StandingChange("verified", None, None, NOW)]).agency is None  # its agency gave it back
    reopened = follow(closed, [StandingChange("reopened", "dpu", None, NOW)])
    assert (reopened.status, reopened.closure) == ("reopened", None)
