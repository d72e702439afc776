"""`pendapa restore`: brings a backup back, and has its log caught up before it may sign."""

from collections.abc import Sequence
from pathlib import Path

import services.publish.worker
from pendapa.anew import begin_anew_in
from pendapa.backups import contents, hidings, published
from pendapa.backups.contents import Contents
from pendapa.backups.hidings import KnownHiding
from pendapa.backups.restored import Restored, Wanted
from pendapa.backups.staging import Staging, is_emptied
from pendapa.footing import Footing
from pendapa.home import Home
from pendapa.replay import replay
from services.publish.releases.numbers import PLACE


def restore(backup: Path, data: Path, wanted: Wanted) -> Restored:
    """Bring the stores, the keys and the secrets of a backup into the data folder of a server that does not run.

    Raises `Fault`; until the log is known to be right nothing is changed.
    """
    kept = contents.read(backup)
    home = Home(data, kept.footing)
    if kept.footing is Footing.distributed:
        from pendapa.backups import restoring_distributed  # here: it loads PostgreSQL's driver

        return restoring_distributed.restore(backup, home, kept, wanted)
    return _restore(backup, home, kept, wanted)


def _restore(backup: Path, home: Home, kept: Contents, wanted: Wanted) -> Restored:
    with home.held(restoring=True):
        home.check_region(kept.region)
        staging = Staging(home)
        try:
            staging.fill(backup, kept)
            settings = published.settings_of(staging.stage, home.log_copy(), wanted.witnesses)
            published.check(settings, backup, kept, nothing_since=wanted.nothing_since, new_log=wanted.new_log)
            hidden = _hidden_since(staging)
            region = hidings.region_of(wanted.region, kept.region) if hidden else None
        except BaseException:
            staging.give_up()
            raise
        aside = staging.exchange()
        done = _catch_up(home, kept, aside, wanted, hidden)
        if region and hidden:
            settings = published.settings_of(home, home.log_copy(), wanted.witnesses)
            hidings.hide_again(home, Footing.embedded, settings, region, hidden)
        staging.end()
    return done


def _hidden_since(staging: Staging) -> Sequence[KnownHiding] | None:
    """Of stores that are not there nothing was hidden."""
    if staging.before is None:
        return []
    return hidings.hidden_since(hidings.in_folder(staging.before), hidings.in_folder(staging.stage.store))


def _catch_up(
    home: Home, kept: Contents, aside: Path | None, wanted: Wanted, hidden: Sequence[KnownHiding] | None
) -> Restored:
    """Bring the log of the restored stores to where it was, or begin another."""
    settings = published.settings_of(home, home.log_copy(), wanted.witnesses)
    lost, began = 0, None
    if wanted.new_log:
        began = begin_anew_in(home)
    else:
        lost = services.publish.worker.catch_up(settings)
        if lost:
            replay("publish", Footing.embedded, home.folder, None, None)
    emptied = [int(release.name) for release in (home.store / "files" / PLACE).glob("*") if is_emptied(release)]
    withdrawn = published.withdraw(settings, emptied)
    again = None if hidden is None else [each.report for each in hidden]
    return Restored(kept, aside, lost, began, withdrawn, again)
