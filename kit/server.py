"""uvicorn's server, but one that does nothing while no request comes."""

import asyncio
import time
from contextlib import suppress
from email.utils import formatdate
from types import FrameType

import uvicorn
from uvicorn.server import ServerState

LOOK_EACH = 5.0
"""Seconds between two looks whether to end, for who only sets `should_exit`; uvicorn looks ten times a second."""


class _Dated(ServerState):
    """Writes the `date` of the answers when one is asked for; uvicorn's own is written each second."""

    def __init__(self, config: uvicorn.Config) -> None:
        self._config, self._second = config, 0
        self._headers: list[tuple[bytes, bytes]] = []
        super().__init__()

    @property
    def default_headers(self) -> list[tuple[bytes, bytes]]:
        second = int(time.time())
        if second != self._second:
            date = formatdate(second, usegmt=True).encode()
            self._second, self._headers = second, [(b"date", date), *self._config.encoded_headers]
        return self._headers

    @default_headers.setter
    def default_headers(self, _: list[tuple[bytes, bytes]]) -> None:
        """uvicorn's own are not needed."""


class QuietServer(uvicorn.Server):
    """Ends at once when it is told to, by `end` or by a signal."""

    _loop: asyncio.AbstractEventLoop | None = None

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.server_state = _Dated(config)

    async def main_loop(self) -> None:
        self._told = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), LOOK_EACH)

    def end(self) -> None:
        """End as a signal would; from any thread."""
        self.should_exit = True
        if self._loop is not None:
            with suppress(RuntimeError):  # it has ended meanwhile
                self._loop.call_soon_threadsafe(self._told.set)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        self.end()
