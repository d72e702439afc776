"""The holders of keys, found by a key's hash. The keys file holds only hashes.

`{"filing": HASH, "official": HASH, "agencies": {AGENCY: HASH}, "channels": {CHANNEL: HASH}, "applications": {NAME:
{"hash": HASH, "made_at": TIME, "a_minute": NUMBER or null}}}`, each HASH the lower-case hexadecimal SHA-256 of a key.
The keys are long and random, so a fast hash protects them as well as a slow one.
"""

import logging
import time
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, field_validator

from gateway.door.routes import Role
from kit.file_checks import check_readable

_log = logging.getLogger(__name__)

LOOK_EACH = 1.0
RESERVED: Final = frozenset({"filing", "official"})
"""Names of no application: the services keep what the keys without a name filed under these."""


class Holder(NamedTuple):
    """Whose key it is; `name` is the agency's id, the channel's or the application's."""

    role: Role
    name: str | None = None
    a_minute: int | None = None
    """The requests that it may make in a minute; null: as the gateway's settings say."""


class Application(BaseModel):
    """Another people's program, which may file."""

    model_config = ConfigDict(frozen=True)

    hash: str
    made_at: datetime
    a_minute: int | None = Field(default=None, ge=1)


class Hashes(BaseModel):
    """The file's content."""

    model_config = ConfigDict(frozen=True)

    filing: str = ""
    official: str = ""
    agencies: Mapping[str, str] = Field(default_factory=dict)
    channels: Mapping[str, str] = Field(default_factory=dict)
    applications: Mapping[str, Application] = Field(default_factory=dict)

    @field_validator("applications")
    @classmethod
    def _are_free(cls, applications: Mapping[str, Application]) -> Mapping[str, Application]:
        if taken := RESERVED & applications.keys():
            raise ValueError(f"no application can be called {', '.join(sorted(taken))}")
        return applications


def hash_key(key: str) -> str:
    """The hash of a key, as in the file.

    >>> hash_key("")[:8]
    'e3b0c442'
    """
    return sha256(key.encode()).hexdigest()


class KeyHolders:
    """The holders by hash; read again within `LOOK_EACH` seconds of the file being written."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._written_at, self._read_at = -1, float("-inf")
        self._holders: dict[str, Holder] = {}
        self._read()

    def holder(self, key: str) -> Holder | None:
        """The holder of `key`; None for an unknown or empty key."""
        self._refresh()
        # By its hash, so that the time of the look-up tells nothing about the keys in the file.
        return self._holders.get(hash_key(key)) if key else None

    def _refresh(self) -> None:
        now = time.monotonic()
        if now - self._read_at < LOOK_EACH:
            return
        self._read_at = now
        try:
            self._read()
        except (OSError, ValueError) as error:  # perhaps half-written: the keys read before stay valid
            _log.error("the keys file cannot be read", exc_info=error)

    def _read(self) -> None:
        written_at = self._file.stat().st_mtime_ns
        if written_at == self._written_at:
            return
        hashes = Hashes.model_validate_json(self._file.read_bytes())
        holders = {
            hashes.filing: Holder("filing"),
            hashes.official: Holder("official"),
            **{key_hash: Holder("agency", agency) for agency, key_hash in hashes.agencies.items()},
            **{key_hash: Holder("channel", channel) for channel, key_hash in hashes.channels.items()},
            **{each.hash: Holder("filing", name, each.a_minute) for name, each in hashes.applications.items()},
        }
        holders.pop("", None)
        self._holders, self._written_at = holders, written_at

    def keys(self) -> None:
        """A check for /readyz: raise `NotReady` if the file cannot be read; the keys read before stay valid."""
        check_readable(self._file, Hashes.model_validate_json)
