"""Which numbers a message's sender should call at once: those of the region, if the words tell of danger now."""

from contracts.emergency import danger_in
from contracts.region import Region


class Emergencies:
    """Built once from a region; a look costs some 20 microseconds for an SMS."""

    def __init__(self, region: Region) -> None:
        self._numbers = region.emergency
        self._book = region.signals.book("emergency", slang=region.slang)

    def numbers(self, text: str) -> tuple[str, ...]:
        """The numbers to call, the first one first; none if no danger is told of, or the region names none."""
        if not self._numbers:
            return ()
        danger = danger_in(self._book.find(text))
        return self._numbers if danger is not None and danger.enough else ()
