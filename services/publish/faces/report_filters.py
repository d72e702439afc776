"""The filters of `/v1/reports`: which there are, what they choose, and how OpenAPI tells of them."""

from collections.abc import Mapping
from typing import Any

from contracts.events import Channel, Kind
from contracts.region import Region
from services.publish.faces import paging, parameters
from services.publish.faces.documented import TIME, Status, parameter
from services.publish.faces.parameters import BadQuery
from services.publish.faces.selection import Selection

KINDS = frozenset(kind.value for kind in Kind)
CHANNELS = frozenset(channel.value for channel in Channel)
STATUSES = frozenset(Status.__args__)  # type: ignore[attr-defined]
TIMES = ("received_from", "received_to", "updated_from")
FILTERS = frozenset({"category", "agency", "place", "kind", "channel", "status", "q", "bbox", *TIMES})
LONGEST_QUESTION = 200


LIMIT = parameter("limit", "How many.", type="integer", minimum=1, maximum=1000, default=100)
CURSOR = parameter("cursor", "Where to go on: take it from `next`.", type="string", pattern=f"^({paging.CURSOR})?$")


def select(given: Mapping[str, str], region: Region, dialect: str) -> Selection:
    """What these filters choose; raise `BadQuery` for a value that none can have."""
    chosen = Selection()
    if (code := parameters.choice(given, "place", region.places)) is not None:
        chosen.place(code, region.places[code].kecamatan_code)
    for column, known in (
        ("category", region.categories),
        ("agency", region.agencies),
        ("kind", KINDS),
        ("channel", CHANNELS),
        ("status", STATUSES),
    ):
        chosen.equal(column, parameters.choice(given, column, known))
    chosen.since("received_at", parameters.instant(given, "received_from", region.zone))
    chosen.before("received_at", parameters.instant(given, "received_to", region.zone))
    chosen.since("updated_at", parameters.instant(given, "updated_from", region.zone))
    chosen.within(parameters.box(given, "bbox"))
    if len(given.get("q", "")) > LONGEST_QUESTION:
        raise BadQuery("q", f"at most {LONGEST_QUESTION} characters")
    chosen.words(dialect, given.get("q"))
    return chosen


def described(region: Region) -> list[dict[str, Any]]:
    """The parameters of a list, for OpenAPI."""
    time = "An ISO 8601 date or time; without an offset, in the region's time."
    return [
        parameter("category", "One category.", type="string", enum=list(region.categories)),
        parameter("agency", "One agency.", type="string", enum=list(region.agencies)),
        parameter("place", "A desa's code, or a kecamatan's for all in it.", type="string", enum=list(region.places)),
        parameter("kind", "One kind.", type="string", enum=sorted(KINDS)),
        parameter("channel", "One channel.", type="string", enum=sorted(CHANNELS)),
        parameter("status", "One status.", type="string", enum=sorted(STATUSES)),
        parameter("received_from", f"Received then or later. {time}", **TIME),
        parameter("received_to", f"Received before. {time}", **TIME),
        parameter("updated_from", f"Changed then or later. {time} To keep a copy, follow /v1/changes.", **TIME),
        parameter("q", "Words that its text has, all of them.", type="string", maxLength=LONGEST_QUESTION),
        parameter("bbox", "west,south,east,north in degrees.", type="string", pattern=f"^({parameters.BOX})?$"),
        LIMIT,
        CURSOR,
    ]
