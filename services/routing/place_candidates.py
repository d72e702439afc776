"""The places that a report may be about, for the official who decides which it is."""

from contracts.events import Place, PlaceFrom
from services.routing.rules import Rules
from services.routing.tables import Case


def place_candidates(case: Case, rules: Rules) -> list[Place]:
    """The places that the words of a case may mean, if they mean several and nobody has decided."""
    place = rules.place(case.place)
    is_decided = case.place_from == PlaceFrom.official or (place is not None and place.code != place.kecamatan_code)
    found = () if is_decided else rules.places.candidates(case.place_hint, (case.address, case.text))
    return [Place(code=each.code, name=each.name, kecamatan=each.kecamatan) for each in found]
