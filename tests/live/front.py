"""An address that stays while the process behind it is replaced, as a cluster's own address of a service does."""

import http.client
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

_OF_ONE_CONNECTION = {"connection", "keep-alive", "transfer-encoding", "content-length"}


class Front:
    """Passes each request on to `behind`, a port of this machine."""

    def __init__(self, behind: int) -> None:
        self._behind = behind
        self._under_way: Counter[int] = Counter()
        self._changed = threading.Condition()
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def pass_on(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                with front._target() as port:
                    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                    connection.request(self.command, self.path, body, dict(self.headers.items()))
                    answer = connection.getresponse()
                    content = answer.read()
                    connection.close()
                self.send_response_only(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in _OF_ONE_CONNECTION:
                        self.send_header(name, value)
                self.send_header("content-length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = pass_on  # the names that the base class looks for

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: a test says what failed."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def turn_to(self, port: int) -> None:
        """From now on requests go there; return when those to the process of before are answered."""
        with self._changed:
            before, self._behind = self._behind, port
            self._changed.wait_for(lambda: not self._under_way[before], 60)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @contextmanager
    def _target(self) -> Iterator[int]:
        with self._changed:
            port = self._behind
            self._under_way[port] += 1
        try:
            yield port
        finally:
            with self._changed:
                self._under_way[port] -= 1
                self._changed.notify_all()
