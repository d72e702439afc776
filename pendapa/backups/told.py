"""What `pendapa backup` and `pendapa restore` do and say."""

from pathlib import Path

from pendapa.backups import embedded, restoring
from pendapa.backups.restored import Restored, Wanted
from pendapa.footing import Footing
from pendapa.home import Home
from pendapa.screen import err, out
from services.publish.log.checkpoint import read_signers
from services.publish.releases import restored


def back_up(folder: Path, footing: Footing, data: Path) -> None:
    home = Home(data, footing)
    if footing is Footing.distributed:
        from pendapa.backups import distributed  # here: it loads PostgreSQL's driver

        taken = distributed.back_up(home, folder)
    else:
        taken = embedded.back_up(home, folder)
    for each in taken.not_whole:
        err.print(f"Warning: not whole in the store, and so not in the backup: {each}", markup=False)
    made = taken.contents
    size = sum(file.bytes for file in made.files)
    out.print(f"{folder}: all stores as of {made.made_at:%Y-%m-%d %H:%M:%S} UTC", markup=False)
    out.print(f"{len(made.files)} files, {size / 1e6:,.1f} MB; the log has {made.log.size} facts. Secrets are in it.")


def restore(folder: Path, data: Path, wanted: Wanted) -> None:
    done = restoring.restore(folder, data, wanted)
    out.print(f"{data} has all stores as of {done.contents.made_at:%Y-%m-%d %H:%M:%S} UTC", markup=False)
    if done.aside:
        where = done.aside if isinstance(done.aside, Path) else f"the schema {done.aside} of each database"
        out.print(f"What was there before is in {where}; delete it once you need it no more", markup=False)
    _say_of_the_log(done)
    if done.withdrawn:
        numbers = ", ".join(map(str, done.withdrawn))
        err.print(f"Releases that were withdrawn after the backup stay so: {numbers}")
    _say_of_the_hidden(done)


def _say_of_the_hidden(done: Restored) -> None:
    if done.hidden is None:
        err.print(
            "The stores of before cannot be read: reports that were hidden after the backup are public again from"
        )
        err.print("the next start on, until you hide them again")
    elif done.hidden:
        err.print("Hidden after the backup, and hidden again, by whom and why it was then:")
        for report in done.hidden:
            err.print(f"  {report}", markup=False)


def _say_of_the_log(done: Restored) -> None:
    if done.began is not None:
        out.print("A new log begins. Say so where the old key was published; from now on releases verify with\n")
        out.print(f"  {read_signers(done.began.log_key).verifier}\n", markup=False)
    elif done.lost:
        err.print(restored.told(done.lost), markup=False)
    else:
        out.print("The log lacks nothing that was published")
