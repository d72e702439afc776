"""What may happen to a report, and to whom it goes. Pure: the same question always gets the same answer."""

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
    """A step of a report, and the word for it once it is done, which agency events and the glossary use."""

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
    acknowledge = "acknowledge", "acknowledged"
    respond = "respond", "responded"
    close = "close", "closed"
    silence = "silence", "closed"
    withdraw = "withdraw", "withdrawn"
    reopen = "reopen", "reopened"
    escalate = "escalate", "escalated"
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
    (_s.held, _m.escalate): _s.held,
    (_s.verified, _m.dispose): _s.disposed,
    (_s.verified, _m.close): _s.closed,
    (_s.verified, _m.withdraw): _s.closed,
    (_s.verified, _m.hide): _s.verified,
    (_s.disposed, _m.dispose): _s.disposed,
    (_s.disposed, _m.transfer): _s.disposed,
    (_s.disposed, _m.acknowledge): _s.in_progress,
    (_s.disposed, _m.respond): _s.responded,
    (_s.disposed, _m.close): _s.closed,
    (_s.disposed, _m.withdraw): _s.closed,
    (_s.disposed, _m.escalate): _s.disposed,
    (_s.disposed, _m.hide): _s.disposed,
    (_s.in_progress, _m.dispose): _s.disposed,
    (_s.in_progress, _m.transfer): _s.disposed,
    (_s.in_progress, _m.respond): _s.responded,
    (_s.in_progress, _m.close): _s.closed,
    (_s.in_progress, _m.withdraw): _s.closed,
    (_s.in_progress, _m.escalate): _s.in_progress,
    (_s.in_progress, _m.hide): _s.in_progress,
    (_s.responded, _m.dispose): _s.disposed,
    (_s.responded, _m.respond): _s.responded,
    (_s.responded, _m.close): _s.closed,
    (_s.responded, _m.silence): _s.closed,
    (_s.responded, _m.withdraw): _s.closed,
    (_s.responded, _m.hide): _s.responded,
    (_s.closed, _m.reopen): _s.reopened,
    (_s.closed, _m.hide): _s.closed,
    (_s.reopened, _m.dispose): _s.disposed,
    (_s.reopened, _m.transfer): _s.disposed,
    (_s.reopened, _m.acknowledge): _s.in_progress,
    (_s.reopened, _m.respond): _s.responded,
    (_s.reopened, _m.close): _s.closed,
    (_s.reopened, _m.withdraw): _s.closed,
    (_s.reopened, _m.escalate): _s.reopened,
    (_s.reopened, _m.hide): _s.reopened,
}
"""Every move there is; what is not here is refused."""

BY_THEMSELVES = frozenset({Move.silence, Move.withdraw, Move.reopen, Move.escalate})
"""Moves that are no act of an official or an agency: they follow from the clock, or from what the reporter says."""

PUBLIC = frozenset(State) - {State.received, State.held, State.rejected}
"""The states of a report that the public may know of."""

RINGS = {
    State.held: Move.escalate,
    State.disposed: Move.escalate,
    State.in_progress: Move.escalate,
    State.reopened: Move.escalate,
    State.responded: Move.silence,
}
"""What happens when the clock of a report in this state runs out; other states have no clock."""


@dataclass(frozen=True)
class NotAllowed:
    reason: str


def step(state: State, move: Move) -> State | NotAllowed:
    """The state after `move`, or why it may not be.

    >>> step(State.disposed, Move.acknowledge)
    <State.in_progress: 'in_progress'>
    >>> step(State.held, Move.respond)
    NotAllowed(reason='a report that is held does not take "respond", only: hold, reject, verify')
    """
    if (after := MOVES.get((state, move))) is not None:
        return after
    open_to = sorted(other for known, other in MOVES if known == state and other not in BY_THEMSELVES)
    return NotAllowed(f'a report that is {state} does not take "{move}", only: {", ".join(open_to) or "nothing more"}')


@dataclass(frozen=True)
class Spot:
    """A place as far as choosing an agency needs it."""

    code: str
    name: str
    kecamatan_code: str
    kecamatan: str


@dataclass(frozen=True)
class Answering:
    """Who answers for a category. A desa's agency beats its kecamatan's; both beat the kecamatan's own."""

    category: str
    agency: str | None
    by_place: Mapping[str, str]
    by_kecamatan: Mapping[str, str]
    """The kecamatan's own agency, by its code; empty where the category is not the kecamatan's to answer."""


@dataclass(frozen=True)
class Assigned:
    agency: str
    reason: str


@dataclass(frozen=True)
class Unroutable:
    """Nobody answers for this category here."""

    reason: str


def dispose(answering: Answering, spot: Spot | None, words: Wording = INDONESIAN) -> Assigned | Unroutable:
    """Choose the agency for a category in a place, and say why in the words that become public.

    >>> dispose(Answering("jalan-rusak", "dpu", {}, {}), Spot("35.22.14.2001", "Ngumpak", "35.22.14", "Dander"))
    Assigned(agency='dpu', reason='kategori jalan-rusak di Kecamatan Dander: instansi untuk kategori ini')
    >>> dispose(Answering("jalan-rusak", None, {}, {}), None)
    Unroutable(reason='kategori jalan-rusak: tidak ada instansi')
    """
    what = words.category.format(category=answering.category)
    if spot is not None:
        what += words.within.format(kecamatan=spot.kecamatan)
        if spot.code in answering.by_place and spot.code != spot.kecamatan_code:
            return Assigned(answering.by_place[spot.code], f"{what}: {words.for_place.format(place=spot.name)}")
        if spot.kecamatan_code in answering.by_place:
            return Assigned(answering.by_place[spot.kecamatan_code], f"{what}: {words.for_kecamatan}")
        if spot.kecamatan_code in answering.by_kecamatan:
            return Assigned(answering.by_kecamatan[spot.kecamatan_code], f"{what}: {words.by_kecamatan}")
    if answering.agency:
        return Assigned(answering.agency, f"{what}: {words.for_category}")
    return Unroutable(f"{what}: {words.nobody}")
