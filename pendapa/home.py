"""The data folder of one region: its keys and secrets, made once; only one process may run on it."""

import fcntl
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, field_validator

from contracts.region import Region
from gateway.callers.keys import Application, FormerKey, Hashes, hash_key
from kit.file_checks import check_readable
from pendapa.fault import Fault
from services.publish.log.checkpoint import generate_key, read_signers

Model = TypeVar("Model", bound=BaseModel)


SANDBOX = "sandbox"
"""The name of a sandbox's data folder, and what its keys and its log's origin begin with."""
RESTORING = "restoring"
"""A file in a data folder while `pendapa restore` exchanges its stores; a folder that has it is not whole."""


class Keys(BaseModel):
    """`keys.json`: the keys with which people and systems call the gateway."""

    model_config = ConfigDict(frozen=True)

    filing: str = Field(default_factory=lambda: _random())
    official: str = Field(default_factory=lambda: _random())
    agencies: Mapping[str, str] = Field(default_factory=dict)
    channels: Mapping[str, str] = Field(default_factory=dict)

    def complete(self, region: Region, make: Callable[[], str] | None = None) -> "Keys":
        """With a key for each agency and channel that has none."""
        make = make or _random
        return Keys(
            filing=self.filing,
            official=self.official,
            agencies={agency: self.agencies.get(agency) or make() for agency in region.agencies},
            channels={channel: self.channels.get(channel) or make() for channel in region.channels},
        )

    def hashes(self, applications: Mapping[str, Application] = {}, former: Sequence[FormerKey] = ()) -> Hashes:
        return Hashes(
            filing=hash_key(self.filing),
            official=hash_key(self.official),
            agencies={agency: hash_key(key) for agency, key in self.agencies.items()},
            channels={channel: hash_key(key) for channel, key in self.channels.items()},
            applications=applications,
            former=former,
        )


class Secrets(BaseModel):
    """`secrets.json` of one footing: what the gateway proves itself with, the transparency log's private key, and what
    reporters' tokens are made with (a file of a version before has none, and gets one)."""

    model_config = ConfigDict(frozen=True)

    gateway_secret: str
    log_key: str
    origin: str
    follow_secret: str = Field(default_factory=lambda: _random())

    @field_validator("log_key")
    @classmethod
    def _is_key(cls, text: str) -> str:
        read_signers(text)
        return text


class Home:
    """`folder/keys.json` is for both footings; rows, events and files are under `folder/FOOTING`."""

    def __init__(self, folder: Path, footing: str) -> None:
        self.folder = folder.resolve()
        self.store = self.folder / footing
        self.keys_file = self.folder / "keys.json"
        self.hashes_file = self.store / "key-hashes.json"
        self.is_sandbox = self.folder.name == SANDBOX

    @contextmanager
    def held(self, *, restoring: bool = False) -> Iterator[None]:
        """Hold the folder for this process alone. Raises `Fault` when another holds it, or it cannot be made.

        `restoring`: the caller is a restore, which may go on after one that was stopped.
        """
        if (self.folder / "backup.json").exists():
            raise Fault(f"{self.folder} is a backup: bring it back with pendapa restore, to a folder of its own")
        if not restoring and (self.folder / RESTORING).exists():
            raise Fault(f"A restore of {self.folder} was stopped half-way: run pendapa restore again")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = open(self.folder / "lock", "a+", errors="replace")  # noqa: SIM115  # held for as long as the block runs
        except OSError as error:
            raise Fault(f"The data folder {self.folder} cannot be used: {error.strerror}") from error
        with lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                lock.seek(0)
                raise Fault(f"Another Pendapa (process {lock.read().strip()}) runs on {self.folder}") from error
            lock.truncate(0)
            lock.write(str(os.getpid()))
            lock.flush()
            yield

    def prepare(self, region: Region) -> tuple[Keys, Secrets]:
        """The keys and the secrets, made where they are missing. Raises `Fault` for another region's folder."""
        self.store.mkdir(mode=0o700, exist_ok=True)
        (self.store / "files").mkdir(exist_ok=True)
        self.check_region(region.id)
        if not (owner := self.folder / "region").exists():
            owner.write_text(region.id)
        keys = load_file(self.keys_file, Keys) or Keys(filing=self.new_key(), official=self.new_key())
        keys = keys.complete(region, self.new_key)
        save_file(self.keys_file, keys)
        known = load_file(self.hashes_file, Hashes) or Hashes()
        save_file(self.hashes_file, keys.hashes(known.applications, known.former))
        return keys, self._secrets(region)

    def check_region(self, id: str) -> None:
        """Raise `Fault` if the folder holds the data of another region."""
        owner = self.folder / "region"
        if owner.exists() and (held := owner.read_text(errors="replace")) != id:
            raise Fault(f"{self.folder} holds the data of {held}, not of {id}: give another DATA")

    def new_key(self) -> str:
        """A random key; one of a sandbox says so."""
        return f"{SANDBOX}-{_random()}" if self.is_sandbox else _random()

    def secret_files(self) -> None:
        """A check for /readyz: raise `NotReady` if a file of secrets is gone or damaged: the next start would fail."""
        check_readable(self.keys_file, Keys.model_validate_json)
        check_readable(self._secrets_file, Secrets.model_validate_json)

    @property
    def _secrets_file(self) -> Path:
        return self.store / "secrets.json"

    def check_whole(self, names: Sequence[str]) -> None:
        """Raise `Fault` if one of these files is gone or empty, and `mark_whole` was called before.

        An empty store made anew would start a second transparency log under the old key, which looks like a forgery.
        """
        gone = [name for name in names if not (file := self.store / name).exists() or file.stat().st_size == 0]
        if gone and (self.store / "made").exists():
            raise Fault(f"{self.store} has lost {', '.join(gone)}: bring back a copy of all of it (docs/stores.md)")

    def mark_whole(self) -> None:
        """From now on none of them may be missing."""
        (self.store / "made").touch()

    def log_copy(self) -> Path:
        """Where the logs of this user are copied to: not in the folder, as that would go back with an older copy."""
        if self.is_sandbox:
            return self.store / "log-copy"
        if folder := os.environ.get("PUBLISH_LOG_COPY"):
            return Path(folder)
        state = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
        return Path(state) / "pendapa" / "logs"

    def secrets(self) -> Secrets:
        """The secrets that were made. Raises `Fault` where there are none."""
        file = self.store / "secrets.json"
        if (existing := load_file(file, Secrets)) is None:
            raise Fault(f"{file} is not there: give the server's folder with --data")
        return existing

    def replace_secrets(self, new: Secrets, name: str) -> None:
        """Save other secrets; those before stay in `secrets.NAME.json`."""
        file = self.store / "secrets.json"
        save_file(file.with_name(f"secrets.{name}.json"), self.secrets())
        save_file(file, new)

    def _secrets(self, region: Region) -> Secrets:
        file = self._secrets_file
        if (existing := load_file(file, Secrets)) is not None:
            save_file(file, existing)
            return existing
        if (self.store / "made").exists():
            raise Fault(f"{file} is gone, which has the key of the log in {self.store}: bring it back (docs/stores.md)")
        # Each footing is a log of its own: two trees under one name would look like a forgery.
        kind = SANDBOX if self.is_sandbox else self.store.name
        origin = f"{region.jurisdiction_id}/pendapa/{kind}-{secrets.token_hex(4)}"
        fresh = Secrets(gateway_secret=_random(), log_key=generate_key(origin), origin=origin)
        save_file(file, fresh)
        return fresh


def _random() -> str:
    return secrets.token_urlsafe(24)


def load_file(file: Path, model: type[Model]) -> Model | None:
    try:
        return model.model_validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except OSError as error:
        raise Fault(f"{file} cannot be read: {error.strerror}", 1) from error
    except ValueError as error:
        raise Fault(f"{file} is not what Pendapa wrote: repair it, or move it away to have new ones made") from error


def save_file(file: Path, content: BaseModel) -> None:
    """Whole or not at all, readable by its owner alone; untouched when nothing changed."""
    text = content.model_dump_json(indent=2) + "\n"
    if file.exists() and file.read_text() == text:
        return
    part = file.with_suffix(".part")
    part.touch(mode=0o600)
    part.write_text(text)
    part.replace(file)
