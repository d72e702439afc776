"""The machine opens only what it is sure of and what nothing is against; each reason to hold is told."""

from typing import Any

import pytest

from services.routing.reading.reading import Candidate, Judged, Reading, Suspected
from services.routing.reading.triage import HeldBecause, NeedsPerson, Open, triage

ROAD = Candidate("dpu", "jalan-rusak", 0.96, "kata: jalan, rusak")
PLAIN: dict[str, Any] = {
    "model": "m",
    "candidates": (ROAD, Candidate("kec", "jalan-rusak", 0.03, "")),
    "kind": Judged("complaint", 0.9, ""),
    "urgency": Judged("normal", 0.9, ""),
    "spam": Judged("none", 0.9, ""),
    "sensitive": Judged("no", 0.9, ""),
}
USUAL: dict[str, Any] = {"bar": 0.95, "valid": True, "sensitive": False, "policy": "auto"}


def test_the_machine_opens_for_its_first_candidate_what_it_is_sure_of() -> None:
    assert triage(Reading(**PLAIN), **USUAL) == Open("machine", ROAD)


@pytest.mark.parametrize(
    ("found", "usual", "because"),
    [
        ({}, {"bar": 0.97}, ["unsure"]),
        ({"candidates": ()}, {"bar": 0.0}, ["unsure"]),
        ({"candidates": (ROAD._replace(agency=None),)}, {}, ["unsure"]),
        ({}, {"valid": False}, ["unsure"]),
        ({}, {"sensitive": True}, ["sensitive"]),
        ({}, {"repeats": True}, ["duplicate"]),
        ({}, {"policy": "official"}, ["policy"]),
        ({}, {"policy": "official", "bar": 1.0}, ["unsure"]),
        ({"spam": Judged("fraud", 0.9, "")}, {}, ["spam"]),
        ({"suspected": (Suspected("name", 0, 4),)}, {}, ["personal-data"]),
        ({"urgency": Judged("urgent", 0.9, "")}, {}, ["policy"]),
        ({"urgency": Judged("urgent", 0.9, "")}, {"sensitive": True, "bar": 1.0}, ["sensitive", "unsure", "policy"]),
    ],
)
def test_all_else_waits_for_a_person_with_every_reason(
    found: dict[str, Any], usual: dict[str, Any], because: list[str]
) -> None:
    decided = triage(Reading(**{**PLAIN, **found}), **{**USUAL, **usual})
    assert isinstance(decided, NeedsPerson)
    assert decided.because == tuple(because)
    assert decided.reason


def test_what_a_person_has_read_opens_whatever_the_machine_thinks() -> None:
    opened = triage(Reading(**{**PLAIN, "candidates": ()}), **{**USUAL, "sensitive": True}, reviewed=True)
    assert opened == Open("official")


def test_what_the_officials_of_its_source_gave_to_an_agency_needs_no_sure_machine() -> None:
    assert triage(Reading(**PLAIN), **{**USUAL, "bar": 1.0}, given=True) == Open("machine")
    held = triage(Reading(**PLAIN), **{**USUAL, "bar": 1.0, "policy": "official"}, given=True)
    assert held == NeedsPerson((HeldBecause.policy,))
