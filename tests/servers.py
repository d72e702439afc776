"""One real Kafka and one real PostgreSQL for a whole run, however many processes run its tests.

The first test that needs a server starts a keeper: a process that starts the server, prints its address, and ends the
server when the run's own process has ended, in whatever way. `python -m tests.servers SERVER FOLDER PID`.
"""

import os
import select
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from filelock import FileLock

from pendapa.live import LiveUnavailable
from pendapa.live.kafka import Kafka
from pendapa.live.postgres import Postgres
from tests.lacking import lacking

_QUICK = {
    # A test's database need not survive a power cut, and making one is twenty times as quick.
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    # The databases of a run are many and small: no time for their upkeep.
    "autovacuum": "off",
    "max_wal_size": "'4GB'",
}


_MEMORY = Path("/dev/shm")  # noqa: S108  # a file system in memory, where there is one
_ENOUGH_BYTES = 2 << 30


def memory() -> Path | None:
    """Where to make folders that are thrown away: in memory, where files are made twenty times as quickly."""
    roomy = _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES
    return _MEMORY if roomy else None


class Servers:
    """The servers of the run whose process is `run`; they live in `folder`, which all its processes know."""

    def __init__(self, folder: Path, run: int) -> None:
        self.folder, self._run = folder, run

    def kafka(self) -> str:
        """`HOST:PORT` of the run's broker."""
        return self._address("kafka")

    def postgres(self) -> str:
        """The URL of a superuser's database on the run's server."""
        return self._address("postgres")

    @contextmanager
    def once(self, name: str) -> Iterator[bool]:
        """Whether this block is the first of its `name` in the run; the others wait until the first has succeeded."""
        done = self.folder / f"{name}.done"
        with FileLock(self.folder / f"{name}.lock"):
            first = not done.exists()
            yield first
            done.touch()

    def _address(self, server: str) -> str:
        """Where the server is, started by whoever asks first. Skips or fails the test where it cannot be had."""
        file = self.folder / f"{server}.address"
        with FileLock(self.folder / f"{server}.lock"):
            if not file.exists():
                file.write_text(self._start(server))
        kind, _, words = file.read_text().partition(" ")
        if kind == "lacking":
            lacking(words)
        return words

    def _start(self, server: str) -> str:
        keeper = subprocess.Popen(
            [sys.executable, "-m", "tests.servers", server, str(self.folder), str(self._run)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[1],
            start_new_session=True,  # Ctrl-C is for the run; when that has ended, so does the keeper
        )
        assert keeper.stdout is not None
        with keeper.stdout as answer:
            words = answer.readline().strip()
        keeper.returncode = 0  # it outlives us: nobody waits for it, and that is no leak to warn of
        assert words, f"the keeper of {server} ended without a word"
        return words


def keep(server: str, folder: Path, run: int) -> None:
    """Start the server, say where it is, and end it when the process `run` has ended."""
    watched = os.pidfd_open(run)
    start, end = {"kafka": _kafka, "postgres": _postgres}[server](folder)
    try:
        print(f"at {start()}", flush=True)  # noqa: T201  # to the process that started this one
        sys.stdout.close()
        select.select([watched], [], [])
    except LiveUnavailable as error:
        print("lacking " + " ".join(str(error).split()), flush=True)  # noqa: T201
    finally:
        end()
        shutil.rmtree(folder, ignore_errors=True)


Steps = tuple[Callable[[], str], Callable[[], None]]


def _kafka(folder: Path) -> Steps:
    kafka = Kafka(folder / "kafka")
    return lambda: kafka.up(tied=True), kafka.kill


def _postgres(folder: Path) -> Steps:
    postgres = Postgres(folder / "postgres")

    def start() -> str:
        url = postgres.up(tied=True)
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
            for name, value in _QUICK.items():
                connection.execute(f"ALTER SYSTEM SET {name} = {value}".encode())
            connection.execute("SELECT pg_reload_conf()")
        return url

    return start, postgres.stop


if __name__ == "__main__":
    keep(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
