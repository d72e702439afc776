"""`pendapa restore` on the distributed footing: each database in one transaction, in the order of `ORDER`."""

import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory

import services.publish.worker
from kit import migrate
from pendapa.anew import following
from pendapa.backups import contents, hidings, postgres, published
from pendapa.backups.contents import Contents
from pendapa.backups.distributed import DUMPS, ORDER, databases, in_folder
from pendapa.backups.embedded import FILES
from pendapa.backups.hidings import KnownHiding
from pendapa.backups.restored import Restored, Wanted
from pendapa.backups.staging import StoreExchange, is_emptied, under_way
from pendapa.fault import Fault
from pendapa.footing import Footing
from pendapa.home import RESTORING, Home, Secrets, load_file, save_file
from pendapa.replay import replay
from services.publish.log.checkpoint import read_signers
from services.publish.releases.files import Files, local_folder
from services.publish.releases.numbers import PLACE
from services.publish.settings import Settings


def restore(backup: Path, home: Home, kept: Contents, wanted: Wanted) -> Restored:
    """Bring the databases, the releases, and in a data folder the keys and secrets, back. Raises `Fault`.

    No process of the services may run. Kafka stays as it is: each database knows from where it goes on.
    """
    with _held(home), databases(home, make=True) as urls:
        if kept.region:
            home.check_region(kept.region)
        for service, url in urls.items():
            postgres.check_alone(service, url)
        before = _settings(home, backup, urls["publish"], wanted)
        if str(read_signers(before.log_key.get_secret_value()).verifier) != kept.log.key:
            raise Fault(f"The backup is of another log than this server has, {kept.log.key}: {before.origin} would end")
        if wanted.new_log and "PUBLISH_LOG_KEY" in os.environ:
            raise Fault("A new log needs a new PUBLISH_LOG_KEY, which is the deployment's: docs/stores.md says how")
        published.check(before, backup, kept, nothing_since=wanted.nothing_since, new_log=wanted.new_log)
        with _exchanging(home):
            return _exchange(backup, home, kept, wanted, urls)


def _exchange(backup: Path, home: Home, kept: Contents, wanted: Wanted, urls: Mapping[str, str]) -> Restored:
    _bring_small_files(backup, home)
    settings = _settings(home, backup, urls["publish"], wanted)
    _bring_releases(backup / home.store.name / FILES, settings)
    with TemporaryDirectory() as folder:
        script = contents.new_file(Path(folder) / "script.sql")
        for service in ORDER:
            new = wanted.new_log and service == "publish"
            postgres.restore(None if new else backup / DUMPS / f"{service}.dump", urls[service], script)
            migrate.upgrade(urls[service], service)
    began = _begin_anew(home) if wanted.new_log else None
    lost = 0 if began else services.publish.worker.catch_up(settings)
    for service in sorted(ORDER):  # what the bus has forgotten, or lost itself
        replay(service, Footing.distributed, home.folder, None, None)
    withdrawn = published.withdraw(settings, _emptied(settings))
    hidden = _hide_again(home, kept, wanted, urls)
    aside = [name for service in ORDER if (name := postgres.name_aside(urls[service]))]
    again = None if hidden is None else [each.report for each in hidden]
    return Restored(kept, aside[0] if aside else None, lost, began, withdrawn, again)


def _hide_again(home: Home, kept: Contents, wanted: Wanted, urls: Mapping[str, str]) -> Sequence[KnownHiding] | None:
    """Hide what was hidden after the backup; return it, or null if the tables of before cannot be read."""
    if not postgres.had_tables(urls["publish"], "hidden"):
        return []
    hidden = hidings.hidden_since(postgres.asking(urls, postgres.ASIDE), postgres.asking(urls, postgres.PUBLIC))
    if hidden:
        settings = published.of_server(home, home.log_copy(), urls["publish"])
        region = settings.region if "PUBLISH_LOG_KEY" in os.environ else wanted.region
        hidings.hide_again(home, Footing.distributed, settings, hidings.region_of(region, kept.region), hidden)
    return hidden


@contextmanager
def _held(home: Home) -> Iterator[None]:
    """Hold the data folder, where there is one: in a cluster the services' processes are stopped by its operator."""
    with home.held(restoring=True) if in_folder() else nullcontext():
        if in_folder():
            home.store.mkdir(mode=0o700, exist_ok=True)
        yield


@contextmanager
def _exchanging(home: Home) -> Iterator[None]:
    """The data folder has its mark until the block has succeeded: no server is started on it."""
    mark = home.folder / RESTORING
    if in_folder() and under_way(home) is None:
        save_file(mark, StoreExchange(footing=home.store.name, aside=postgres.ASIDE, had_stores=True))
        contents.sync_names(home.folder)
    yield
    mark.unlink(missing_ok=True)


def _settings(home: Home, backup: Path, url: str, wanted: Wanted) -> Settings:
    """Those of the server; where its secrets are lost, those of the backup."""
    has_own = "PUBLISH_LOG_KEY" in os.environ or load_file(home.store / "secrets.json", Secrets) is not None
    found = published.of_server(home if has_own else Home(backup, home.store.name), home.log_copy(), url)
    files = found.files_url if "PUBLISH_LOG_KEY" in os.environ else (home.store / FILES).as_uri()
    return found.model_copy(
        update={"witnesses": " ".join((found.witnesses, *wanted.witnesses)).strip(), "files_url": files}
    )


def _bring_small_files(backup: Path, home: Home) -> None:
    """Bring the keys and secrets that are not there. Those that are there stay: what was revoked since stays so."""
    if not in_folder():
        return
    for kept in (*backup.glob("*"), *(backup / home.store.name).glob("*.json")):
        to = home.folder / kept.relative_to(backup)
        if kept.is_file() and kept.name != contents.NAME and not to.exists():
            contents.copy(kept, to)


def _bring_releases(kept: Path, settings: Settings) -> None:
    """Bring the releases that are not there; none is ever changed."""
    folder = local_folder(settings.files_url)
    if folder is None:
        _bring_objects(kept, Files(settings.files_url))
        return
    part = folder / PLACE / ".restored"
    for release in sorted((kept / PLACE).glob("*")):
        to = folder / PLACE / release.name
        if not to.exists():
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(release, part)
            contents.sync(part)
            part.rename(to)


def _bring_objects(kept: Path, files: Files) -> None:
    for file in sorted(each for each in kept.rglob("*") if each.is_file()):
        name = str(file.relative_to(kept))
        if files.stamp(name) is None:
            files.folder(str(Path(name).parent))
            files.put(name, file.read_bytes())


def _emptied(settings: Settings) -> list[int]:
    folder = local_folder(settings.files_url)
    if folder is None:
        return []
    return [int(release.name) for release in (folder / PLACE).glob("[1-9]*") if is_emptied(release)]


def _begin_anew(home: Home) -> Secrets:
    number, after = following(home.secrets())
    home.replace_secrets(after, f"before-{number}")
    return after
