"""The holders of keys, found by a key's hash. The keys file holds only hashes.

`{"filing": HASH, "official": HASH, "agencies": {AGENCY: HASH}, "channels": {CHANNEL: HASH}, "applications": {NAME:
{"hash": HASH, "made_at": TIME, "a_minute": NUMBER or null}}, "former": [{"hash": HASH, "role": ROLE, "name": NAME or
null, "until": TIME}, …]}`, each HASH the lower-case hexadecimal SHA-256 of a key. A former key was replaced by another
one, and is valid `until` then.
The keys are long and random, so a fast hash protects them as well as a slow one.
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator

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


class FormerKey(BaseModel):
    """A key that was replaced; valid for a while, so that whoever has it can take the new one."""

    model_config = ConfigDict(frozen=True)

    hash: str
    role: Role
    name: str | None = None
    until: AwareDatetime


class Hashes(BaseModel):
    """The file's content."""

    model_config = ConfigDict(frozen=True)

    filing: str = ""
    official: str = ""
    agencies: Mapping[str, str] = Field(default_factory=dict)
    channels: Mapping[str, str] = Field(default_factory=dict)
    applications: Mapping[str, Application] = Field(default_factory=dict)
    former: Sequence[FormerKey] = ()

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

    def __init__(self, file: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._file, self._now = file, now
        self._written_at, self._read_at = -1, float("-inf")
        self._holders: dict[str, Holder] = {}
        self._former: dict[str, tuple[Holder, datetime]] = {}
        self._read()

    def holder(self, key: str) -> Holder | None:
        """The holder of `key`; None for an unknown or empty key."""
        self._refresh()
        # By its hash, so that the time of the look-up tells nothing about the keys in the file.
        hashed = hash_key(key)
        return (self._holders.get(hashed) or self._formerly(hashed)) if key else None

    def _formerly(self, hashed: str) -> Holder | None:
        holder, until = self._former.get(hashed, (None, None))
        return holder if until and self._now() < until else None

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
        self._former = {each.hash: (_holder_of(each, hashes), each.until) for each in hashes.former}
        self._holders, self._written_at = holders, written_at

    def keys(self) -> None:
        """A check for /readyz: raise `NotReady` if the file cannot be read; the keys read before stay valid."""
        check_readable(self._file, Hashes.model_validate_json)


def _holder_of(former: FormerKey, hashes: Hashes) -> Holder:
    application = hashes.applications.get(former.name or "") if former.role == "filing" else None
    return Holder(former.role, former.name, application.a_minute if application else None)
