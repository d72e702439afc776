"""What `pendapa key turn` does: a key is replaced, and the former one stays valid for some hours; or the log's is."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from gateway.callers.keys import FormerKey, Hashes, hash_key
from gateway.door.routes import Role
from pendapa.application_keys import alone
from pendapa.fault import Fault
from pendapa.home import Home, Keys, load_file, save_file
from pendapa.screen import err, out
from services.publish.log.checkpoint import generate_key, read_signers


class Whose(NamedTuple):
    """The holder of a key: `name` is an agency's id, a channel's, or an application's, which files."""

    role: Role
    name: str | None

    def __str__(self) -> str:
        return f"{self.role} {self.name}" if self.name else self.role


def turn(whose: Whose, keep: timedelta, home: Home, file: Path, now: datetime | None = None) -> None:
    """Show the new key once, and write it where the former was. Raises `Fault`; then nothing was written.

    `file`: the gateway's keys file. The former key is valid until `keep` from now.
    """
    new, now = home.new_key(), now or datetime.now(UTC)
    with alone(file):
        hashes = load_file(file, Hashes) or Hashes()
        turned, former = _turned(hashes, whose, hash_key(new))
        kept = [each for each in hashes.former if each.until > now]
        if keep:
            kept.append(FormerKey(hash=former, role=whose.role, name=whose.name, until=now + keep))
        if whose.name not in hashes.applications or whose.role != "filing":
            # First, as a start makes the hashes anew from this file: stopped here, the next start ends the turn.
            save_file(home.keys_file, _keys_with(home, whose, new, former))
        save_file(file, turned.model_copy(update={"former": tuple(kept)}))
    until = f"until {now + keep:%Y-%m-%d %H:%M} UTC" if keep else "no longer"
    err.print(f"The new key of {whose}; the former one is valid {until}. It is shown this once:", markup=False)
    out.print(new, markup=False)


def turn_log(home: Home) -> None:
    """Give the log a further key, and show the verifier keys. Raises `Fault` while the server runs."""
    with home.held():
        before = home.secrets()
        after = before.model_copy(update={"log_key": f"{before.log_key} {generate_key(before.origin)}"})
        home.replace_secrets(after, "former")
    signer = read_signers(after.log_key)
    err.print("The log's heads have a signature of each key from the next fact on. Publish the newest key:")
    out.print(str(signer.newest), markup=False)
    err.print("Releases of before are verified with a key that was there:")
    for each in (signer, *signer.later[:-1]):
        err.print(str(each.verifier), markup=False)


def _turned(hashes: Hashes, whose: Whose, new: str) -> tuple[Hashes, str]:
    """The hashes with the new one, and the one before."""
    role, name = whose
    if role in ("agency", "channel"):
        group = "agencies" if role == "agency" else "channels"
        known = getattr(hashes, group)
        if name not in known:
            raise Fault(f"there is no {role} {name!r} with a key; there are: {', '.join(sorted(known))}")
        return hashes.model_copy(update={group: {**known, name: new}}), known[name]
    if name is None:
        return hashes.model_copy(update={role: new}), getattr(hashes, role)
    if role != "filing" or name not in hashes.applications:
        raise Fault(f"there is no application {name!r}; see: pendapa key list")
    before = hashes.applications[name]
    changed = {**hashes.applications, name: before.model_copy(update={"hash": new})}
    return hashes.model_copy(update={"applications": changed}), before.hash


def _keys_with(home: Home, whose: Whose, new: str, former: str) -> Keys:
    """`keys.json` with the new key."""
    keys = load_file(home.keys_file, Keys)
    if keys is None:
        raise Fault(f"{home.keys_file} is not there, which has the keys themselves: give its folder with --data")
    role, name = whose
    changed: dict[str, object]
    if role in ("agency", "channel") and name is not None:
        group = "agencies" if role == "agency" else "channels"
        known = getattr(keys, group)
        before, changed = known.get(name, ""), {group: {**known, name: new}}
    else:
        before, changed = getattr(keys, role), {role: new}
    if hash_key(before) != former:
        raise Fault(f"{home.keys_file} has another key of {whose} than the gateway's keys file: which of them is old?")
    return keys.model_copy(update=changed)
