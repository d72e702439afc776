"""Keys: who holds one, looked up by hash. The file never holds a key itself.

`{"filing": HASH, "official": HASH, "agencies": {AGENCY: HASH}, "channels": {CHANNEL: HASH}}`, each HASH the lower-case
hexadecimal SHA-256 of a key. The keys are long and random, so a fast hash keeps them as well as a slow one.
"""

import logging
import time
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from gateway.door.routes import Role

_log = logging.getLogger(__name__)

LOOK_EACH = 1.0


class Holder(NamedTuple):
    """Whose key it is; `name` is the agency's id or the channel's."""

    role: Role
    name: str | None = None


class Hashes(BaseModel):
    """The file's content."""

    model_config = ConfigDict(frozen=True)

    filing: str = ""
    official: str = ""
    agencies: Mapping[str, str] = Field(default_factory=dict)
    channels: Mapping[str, str] = Field(default_factory=dict)


def hash_key(key: str) -> str:
    """What the file holds of a key.

    >>> hash_key("")[:8]
    'e3b0c442'
    """
    return sha256(key.encode()).hexdigest()


class KeyHolders:
    """The holders by hash; read again within `LOOK_EACH` seconds of the file being written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._written, self._looked = -1, float("-inf")
        self._holders: dict[str, Holder] = {}
        self._read()

    def holder(self, key: str) -> Holder | None:
        """Whose `key` this is; an empty one is nobody's."""
        self._refresh()
        # By its hash: how long that takes says nothing about the keys that are known.
        return self._holders.get(hash_key(key)) if key else None

    def _refresh(self) -> None:
        now = time.monotonic()
        if now - self._looked < LOOK_EACH:
            return
        self._looked = now
        try:
            self._read()
        except (OSError, ValueError) as error:  # somebody is editing it: the keys that were known go on
            _log.error("the keys file cannot be read", exc_info=error)

    def _read(self) -> None:
        written = self._file.stat().st_mtime_ns
        if written == self._written:
            return
        hashes = Hashes.model_validate_json(self._file.read_bytes())
        holders = {
            hashes.filing: Holder("filing"),
            hashes.official: Holder("official"),
            **{known: Holder("agency", agency) for agency, known in hashes.agencies.items()},
            **{known: Holder("channel", channel) for channel, known in hashes.channels.items()},
        }
        holders.pop("", None)
        self._holders, self._written = holders, written
