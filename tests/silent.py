"""A way to a server that can go silent, as a machine does that lost its power or its network."""

import selectors
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Self


class Way:
    """Passes bytes between its own port and a server's, until it is told to be silent, or to cut an answer."""

    def __init__(self, host: str, port: int) -> None:
        self._to = host, port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._silent = threading.Event()
        self._closed = False
        self.cut_answer_to: Callable[[bytes], bool] = lambda _: False
        """Asked of what a client sends: if true, it reaches the server, and the connection ends before the answer."""
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closed = True
        self._listener.close()
        self._end_all()

    def go_silent(self) -> None:
        """From now on nothing passes, in neither direction; connections stay, and new ones are accepted."""
        self._silent.set()

    def speak(self) -> None:
        """New connections pass again; those that were silent are reset."""
        self._end_all()
        self._silent.clear()

    def _end_all(self) -> None:
        pairs, self._pairs = self._pairs, []
        for each in (each for pair in pairs for each in pair):
            with suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._to)
            self._pairs.append((client, server))
            threading.Thread(target=self._pass, args=(client, server), daemon=True).start()

    def _pass(self, client: socket.socket, server: socket.socket) -> None:
        with selectors.DefaultSelector() as ready:
            try:
                ready.register(client, selectors.EVENT_READ, server)
                ready.register(server, selectors.EVENT_READ, client)
                while not self._closed:
                    for key, _ in ready.select(0.1):
                        if self._silent.is_set():
                            return  # the sockets stay open: whoever reads them waits
                        source, to = key.fileobj, key.data
                        assert isinstance(source, socket.socket)
                        data = source.recv(1 << 16)
                        if not data:
                            to.shutdown(socket.SHUT_WR)
                            ready.unregister(source)
                            continue
                        to.sendall(data)
                        if source is client and self.cut_answer_to(data):
                            server.recv(1 << 16)  # the server has answered, so it has done what was asked
                            client.close()
                            server.close()
                            return
            except (OSError, ValueError, KeyError):
                return
