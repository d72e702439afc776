"""Paths of the API that will be removed.

For a year before, their answers have the headers `Deprecation` (RFC 9745) and `Sunset` (RFC 8594).

docs/compatibility.md promises it. Nothing retires now; an entry needs a line in CHANGELOG.md, which a test looks for.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Final

from gateway.client.headers import Headers

AHEAD: Final = timedelta(days=365)


@dataclass(frozen=True)
class Retiring:
    """Paths that are served until `sunset`: those that `path` matches as a whole.

    `successor`: the path that replaces them. `deprecated` and `sunset` are aware times. Raises `ValueError` if there is
    less than a year between them.
    """

    path: re.Pattern[str]
    deprecated: datetime
    sunset: datetime
    successor: str

    def __post_init__(self) -> None:
        if self.sunset - self.deprecated < AHEAD:
            raise ValueError(f"{self.path.pattern} must be told a year ahead")

    @property
    def headers(self) -> Headers:
        """The headers of each answer from these paths.

        >>> first, last = datetime(2027, 1, 1, tzinfo=UTC), datetime(2028, 1, 2, tzinfo=UTC)
        >>> old = Retiring(re.compile("/v1/old"), first, last, "/v1/new")
        >>> [value for _, value in old.headers]
        [b'@1798761600', b'Sun, 02 Jan 2028 00:00:00 GMT', b'</v1/new>; rel="successor-version"']
        """
        sunset = format_datetime(self.sunset.astimezone(UTC), usegmt=True)
        return [
            (b"deprecation", f"@{int(self.deprecated.timestamp())}".encode()),
            (b"sunset", sunset.encode()),
            (b"link", f'<{self.successor}>; rel="successor-version"'.encode()),
        ]


RETIRING: Final[Sequence[Retiring]] = ()


def headers_at(path: str, retiring: Sequence[Retiring]) -> Headers:
    """The headers that answers of this path get; none if it stays."""
    return next((each.headers for each in retiring if each.path.fullmatch(path)), [])
