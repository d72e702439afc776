"""The moves of a report, and the choice of its agency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routing.actions.hide import HIDDEN
from services.routing.actions.reject import REJECTED
from services.routing.domain import (
    MOVES,
    PUBLIC,
    RINGS,
    Assigned,
    CategoryAgencies,
    Move,
    NotAllowed,
    ReportPlace,
    State,
    Unroutable,
    choose_agency,
    step,
)
from services.routing.wording import say, wording_of

DESA = ReportPlace("35.22.14.2001", "Sumberarum", "35.22.14", "Dander")


def walk(moves: list[Move]) -> list[tuple[State, Move, State]]:
    """The steps of a new report that were allowed."""
    state, steps = State.received, []
    for move in moves:
        after = step(state, move)
        if not isinstance(after, NotAllowed):
            steps.append((state, move, after))
            state = after
    return steps


@given(st.lists(st.sampled_from(Move)))
def test_nothing_is_public_before_it_is_verified(moves: list[Move]) -> None:
    verified = False
    for before, move, after in walk(moves):
        verified = verified or move == Move.verify
        assert verified == (after in PUBLIC)
        assert verified or before not in PUBLIC


@given(st.lists(st.sampled_from(Move)))
def test_only_closing_closes_and_only_reopening_opens_again(moves: list[Move]) -> None:
    for before, move, after in walk(moves):
        if after == State.closed and before != State.closed:
            assert move in (Move.close, Move.silence, Move.withdraw, Move.merge)
        if before == State.closed and after != State.closed:
            assert move in (Move.reopen, Move.split_off)


@given(st.lists(st.sampled_from(Move)))
def test_a_rejected_report_stays_rejected_unless_its_merge_is_taken_back(moves: list[Move]) -> None:
    for before, move, after in walk(moves):
        assert before != State.rejected or (move, after) == (Move.split_off, State.held)


@given(st.sampled_from(State), st.sampled_from(Move))
def test_a_move_that_is_not_in_the_table_is_refused_with_a_reason(state: State, move: Move) -> None:
    match step(state, move):
        case NotAllowed(reason):
            assert (state, move) not in MOVES
            assert str(move) in reason
            assert str(state) in reason
        case after:
            assert MOVES[state, move] == after


def test_every_clock_rings_for_a_move_that_is_allowed() -> None:
    assert all((state, move) in MOVES for state, move in RINGS.items())


def test_every_state_but_the_first_can_be_reached() -> None:
    assert {*MOVES.values()} == set(State) - {State.received}


@pytest.mark.parametrize(
    ("by_place", "by_kecamatan", "place", "agency"),
    [
        ({}, {}, None, "dpu"),
        ({}, {}, DESA, "dpu"),
        ({}, {"35.22.14": "kec-dander"}, DESA, "kec-dander"),
        ({}, {"35.22.14": "kec-dander"}, None, "dpu"),
        ({"35.22.14": "uptd"}, {"35.22.14": "kec-dander"}, DESA, "uptd"),
        ({"35.22.14": "uptd", "35.22.14.2001": "desa"}, {}, DESA, "desa"),
    ],
)
def test_the_narrower_place_decides(
    by_place: dict[str, str], by_kecamatan: dict[str, str], place: ReportPlace | None, agency: str
) -> None:
    decision = choose_agency(CategoryAgencies("jalan-rusak", "dpu", by_place, by_kecamatan), place)
    assert isinstance(decision, Assigned)
    assert decision.agency == agency
    assert "jalan-rusak" in decision.reason


def test_a_category_without_an_agency_is_unroutable() -> None:
    assert isinstance(choose_agency(CategoryAgencies("jalan-rusak", None, {}, {}), DESA), Unroutable)


def test_the_reason_is_given_in_the_regions_language() -> None:
    place, agencies = ReportPlace("bk", "Brooklyn", "bk", "Brooklyn"), CategoryAgencies("potholes", "dot", {}, {})
    assert choose_agency(agencies, place, wording_of("en")) == Assigned(
        "dot", "category potholes in Brooklyn: the agency for this category"
    )


def test_each_language_has_its_own_word_for_what_an_official_did() -> None:
    languages = ("id", "en", "jv")
    assert [say(HIDDEN, each) for each in languages] == ["disembunyikan oleh admin", *["hidden by an official"] * 2]
    assert [say(REJECTED, each) for each in languages] == ["ditolak oleh admin", *["rejected by an official"] * 2]
