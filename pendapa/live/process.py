"""Starting, finding and ending one server process by the folder that it works in."""

import ctypes
import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_LIBC = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


def die_with_parent(sign: signal.Signals = signal.SIGTERM) -> Callable[[], None]:
    """What a child runs before its program, so that it gets `sign` when the thread that started it ends."""
    parent = os.getpid()

    def tie() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, int(sign))
        if os.getppid() != parent:  # it died between the fork and the line above
            os._exit(1)

    return tie


def free_port(wanted: int | None = None) -> int:
    """`wanted` if nothing listens there on loopback, else a port that is free now."""
    for port in (wanted or 0, 0):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise OSError("no port is free on loopback")


def listens(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Process:
    """One server: its pid stands in `folder/pid`, what it prints goes to `folder/log`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """The process, also if another program started it; None when it does not run."""
        if self._child is not None:
            return self._child.pid if self._child.poll() is None else None
        try:
            pid = int((self._folder / "pid").read_text())
            # A number can be another process's by now: only one that works in this folder is ours.
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (OSError, ValueError):
            return None
        return pid if str(self._folder).encode() in command else None

    def start(
        self,
        command: Sequence[str],
        *,
        tied: signal.Signals | None = None,
        user: str | None = None,
        environment: dict[str, str] | None = None,
    ) -> None:
        """`tied`: the signal it gets when this process ends; None lets it live on. `user`: run as another one."""
        with open(self._folder / "log", "ab") as log:
            self._child = subprocess.Popen(  # noqa: S603  # the command is ours
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C in a terminal is for us; we end the servers in our order
                user=user,
                group=user,
                extra_groups=[] if user else None,
                env=environment,
                cwd="/",
                preexec_fn=die_with_parent(tied) if tied else None,
            )
        (self._folder / "pid").write_text(str(self._child.pid))

    def end(self, sign: signal.Signals, seconds: float = 60) -> None:
        """Send `sign` and return when the process is gone; after `seconds` it is killed."""
        pid = self.pid
        if pid is None:
            return
        os.kill(pid, sign)
        if not self._gone(seconds) and (pid := self.pid) is not None:
            os.kill(pid, signal.SIGKILL)
            self._gone(seconds)
        (self._folder / "pid").unlink(missing_ok=True)

    def wait(self, ready: Callable[[], bool], seconds: float) -> bool:
        """Whether it became `ready` within `seconds`; false at once when it ends."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if ready():
                return True
            if self.pid is None:
                return False
            time.sleep(0.05)
        return False

    def last_lines(self) -> str:
        """The end of what it printed, for an error message."""
        lines = (self._folder / "log").read_text(errors="replace").splitlines()
        return "\n".join(lines[-15:])

    def _gone(self, seconds: float) -> bool:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.pid is None:
                return True
            time.sleep(0.02)
        return False
