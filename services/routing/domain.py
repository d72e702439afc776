"""The moves of a report, and the choice of its agency. Pure functions: no clock, database or network."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from services.routing.wording import INDONESIAN, Wording


class State(StrEnum):
    received = "received"
    held = "held"
    verified = "verified"
    disposed = "disposed"
    in_progress = "in_progress"
    responded = "responded"
    closed = "closed"
    reopened = "reopened"
    rejected = "rejected"


class Move(StrEnum):
    """A step of a report, and its past tense, which agency events and the glossary use."""

    past: str

    def __new__(cls, name: str, past: str) -> "Move":
        move = str.__new__(cls, name)
        move._value_, move.past = name, past
        return move

    hold = "hold", "held"
    verify = "verify", "verified"
    reject = "reject", "rejected"
    dispose = "dispose", "disposed"
    transfer = "transfer", "transferred"
    refuse = "refuse", "refused"
    acknowledge = "acknowledge", "acknowledged"
    respond = "respond", "responded"
    correct = "correct", "corrected"
    close = "close", "closed"
    silence = "silence", "closed"
    withdraw = "withdraw", "withdrawn"
    reopen = "reopen", "reopened"
    merge = "merge", "merged"
    split_off = "split", "split"
    escalate = "escalate", "escalated"
    reschedule = "reschedule", "rescheduled"
    hide = "hide", "hidden"


_s, _m = State, Move

MOVES: Mapping[tuple[State, Move], State] = {
    (_s.received, _m.hold): _s.held,
    (_s.received, _m.verify): _s.verified,
    (_s.received, _m.reject): _s.rejected,
    (_s.received, _m.withdraw): _s.rejected,
    (_s.held, _m.hold): _s.held,
    (_s.held, _m.verify): _s.verified,
    (_s.held, _m.reject): _s.rejected,
    (_s.held, _m.withdraw): _s.rejected,
    (_s.held, _m.merge): _s.rejected,
    (_s.held, _m.escalate): _s.held,
    (_s.held, _m.reschedule): _s.held,
    (_s.verified, _m.dispose): _s.disposed,
    (_s.verified, _m.correct): _s.verified,
    (_s.verified, _m.close): _s.closed,
    (_s.verified, _m.merge): _s.closed,
    (_s.verified, _m.escalate): _s.verified,
    (_s.verified, _m.reschedule): _s.verified,
    (_s.verified, _m.withdraw): _s.closed,
    (_s.verified, _m.hide): _s.verified,
    (_s.disposed, _m.dispose): _s.disposed,
    (_s.disposed, _m.transfer): _s.disposed,
    (_s.disposed, _m.refuse): _s.verified,
    (_s.disposed, _m.acknowledge): _s.in_progress,
    (_s.disposed, _m.respond): _s.responded,
    (_s.disposed, _m.correct): _s.disposed,
    (_s.disposed, _m.close): _s.closed,
    (_s.disposed, _m.merge): _s.closed,
    (_s.disposed, _m.withdraw): _s.closed,
    (_s.disposed, _m.escalate): _s.disposed,
    (_s.disposed, _m.reschedule): _s.disposed,
    (_s.disposed, _m.hide): _s.disposed,
    (_s.in_progress, _m.dispose): _s.disposed,
    (_s.in_progress, _m.transfer): _s.disposed,
    (_s.in_progress, _m.refuse): _s.verified,
    (_s.in_progress, _m.respond): _s.responded,
    (_s.in_progress, _m.correct): _s.in_progress,
    (_s.in_progress, _m.close): _s.closed,
    (_s.in_progress, _m.merge): _s.closed,
    (_s.in_progress, _m.withdraw): _s.closed,
    (_s.in_progress, _m.escalate): _s.in_progress,
    (_s.in_progress, _m.reschedule): _s.in_progress,
    (_s.in_progress, _m.hide): _s.in_progress,
    (_s.responded, _m.dispose): _s.disposed,
    (_s.responded, _m.respond): _s.responded,
    (_s.responded, _m.correct): _s.responded,
    (_s.responded, _m.close): _s.closed,
    (_s.responded, _m.merge): _s.closed,
    (_s.responded, _m.silence): _s.closed,
    (_s.responded, _m.withdraw): _s.closed,
    (_s.responded, _m.hide): _s.responded,
    (_s.closed, _m.reopen): _s.reopened,
    (_s.closed, _m.split_off): _s.reopened,
    (_s.closed, _m.correct): _s.closed,
    (_s.closed, _m.hide): _s.closed,
    (_s.rejected, _m.split_off): _s.held,
    (_s.reopened, _m.dispose): _s.disposed,
    (_s.reopened, _m.transfer): _s.disposed,
    (_s.reopened, _m.acknowledge): _s.in_progress,
    (_s.reopened, _m.respond): _s.responded,
    (_s.reopened, _m.correct): _s.reopened,
    (_s.reopened, _m.close): _s.closed,
    (_s.reopened, _m.merge): _s.closed,
    (_s.reopened, _m.withdraw): _s.closed,
    (_s.reopened, _m.escalate): _s.reopened,
    (_s.reopened, _m.reschedule): _s.reopened,
    (_s.reopened, _m.hide): _s.reopened,
}
"""The state after each allowed move; all other moves are refused."""

BY_THEMSELVES = frozenset({Move.silence, Move.withdraw, Move.escalate, Move.reschedule})
"""Moves that no official or agency makes: the clock or a message of the reporter causes them."""

PUBLIC = frozenset(State) - {State.received, State.held, State.rejected}
"""The states of a report that the public may know of."""

ENDS = frozenset({Move.close, Move.silence, Move.withdraw})
"""Moves that close a public report."""

FOLLOWED = ENDS | {
    *(Move.acknowledge, Move.transfer, Move.refuse, Move.dispose, Move.reopen),
    *(Move.merge, Move.split_off),
}
"""Moves that an agency which gave the report away is told of: who has it now, and whether it is over."""

RINGS = {
    State.held: Move.escalate,
    State.verified: Move.escalate,
    State.disposed: Move.escalate,
    State.in_progress: Move.escalate,
    State.reopened: Move.escalate,
    State.responded: Move.silence,
}
"""The move when the clock of a report in this state runs out; other states have no clock."""

OPEN = frozenset(State) - {State.closed, State.rejected}
"""The states of a report that has not ended."""

DUE = frozenset(state for state, rings in RINGS.items() if rings is Move.escalate)
"""The states in which something is due by a deadline: an agency's answer or, of a held report, its verification."""


@dataclass(frozen=True)
class NotAllowed:
    reason: str


def step(state: State, move: Move) -> State | NotAllowed:
    """The state after `move`, or why the move is not allowed.

    >>> step(State.disposed, Move.acknowledge)
    <State.in_progress: 'in_progress'>
    >>> step(State.held, Move.respond)
    NotAllowed(reason='a report that is held does not allow "respond"')
    """
    if (after := MOVES.get((state, move))) is not None:
        return after
    return NotAllowed(f'a report that is {state} does not allow "{move}"')


@dataclass(frozen=True)
class ReportPlace:
    """The values of a place that the choice of an agency needs."""

    code: str
    name: str
    kecamatan_code: str
    kecamatan: str


@dataclass(frozen=True)
class CategoryAgencies:
    """The agencies of a category. `by_place` comes first, the desa before its kecamatan; then `by_kecamatan`."""

    category: str
    agency: str | None
    by_place: Mapping[str, str]
    by_kecamatan: Mapping[str, str]
    """Each kecamatan's own agency; empty if no kecamatan answers for the category."""


@dataclass(frozen=True)
class Assigned:
    agency: str
    reason: str


@dataclass(frozen=True)
class Unroutable:
    """No agency answers for this category here."""

    reason: str


def choose_agency(
    agencies: CategoryAgencies, place: ReportPlace | None, words: Wording = INDONESIAN
) -> Assigned | Unroutable:
    """Choose the agency for a category in a place, with the reason in public words.

    >>> desa = ReportPlace("35.22.14.2001", "Ngumpak", "35.22.14", "Dander")
    >>> choose_agency(CategoryAgencies("jalan-rusak", "dpu", {}, {}), desa)
    Assigned(agency='dpu', reason='kategori jalan-rusak di Kecamatan Dander: instansi untuk kategori ini')
    >>> choose_agency(CategoryAgencies("jalan-rusak", None, {}, {}), None)
    Unroutable(reason='kategori jalan-rusak: tidak ada instansi')
    """
    reason = words.category.format(category=agencies.category)
    if place is not None:
        reason += words.within.format(kecamatan=place.kecamatan)
        if place.code in agencies.by_place and place.code != place.kecamatan_code:
            return Assigned(agencies.by_place[place.code], f"{reason}: {words.for_place.format(place=place.name)}")
        if place.kecamatan_code in agencies.by_place:
            return Assigned(agencies.by_place[place.kecamatan_code], f"{reason}: {words.for_kecamatan}")
        if place.kecamatan_code in agencies.by_kecamatan:
            return Assigned(agencies.by_kecamatan[place.kecamatan_code], f"{reason}: {words.by_kecamatan}")
    if agencies.agency:
        return Assigned(agencies.agency, f"{reason}: {words.for_category}")
    return Unroutable(f"{reason}: {words.nobody}")
