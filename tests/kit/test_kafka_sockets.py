"""A socket on which kafka-python reaches no broker is closed at once."""

import socket
from collections.abc import Iterator

import pytest
from kafka.errors import KafkaConnectionError
from kafka.net.inet import KafkaNetSocket

from kit.bus import kafka  # noqa: F401  # changes the library
from pendapa.live.process import free_port


class Net:
    """The library's loop, as far as a connection that is under way needs it."""

    @staticmethod
    def wait_write(_: socket.socket, timeout_at: float | None) -> "Net":
        return Net()

    def __await__(self) -> Iterator[None]:
        yield


@pytest.fixture
def tried() -> Iterator[socket.socket]:
    with socket.socket() as tried:
        yield tried


def test_a_socket_that_is_refused_is_closed(tried: socket.socket) -> None:
    connecting = KafkaNetSocket().sock_connect(Net, tried, ("127.0.0.1", free_port()))
    with pytest.raises(KafkaConnectionError):
        connecting.send(None)
    assert tried.fileno() == -1


def test_a_socket_is_closed_if_its_client_is_closed_while_it_connects(tried: socket.socket) -> None:
    tried.setblocking(False)
    connecting = KafkaNetSocket().sock_connect(Net, tried, ("127.0.0.1", free_port()))
    connecting.send(None)
    connecting.close()
    assert tried.fileno() == -1
