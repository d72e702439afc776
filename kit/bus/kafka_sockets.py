"""Closes the sockets on which kafka-python reached no broker, which it leaves open until they are collected.

While a broker is away each try of each client would hold one more. `install` once.
"""

import socket
from typing import Any

from kafka.net.inet import KafkaNetSocket

_connect = KafkaNetSocket.sock_connect


def install() -> None:
    KafkaNetSocket.sock_connect = _connect_or_close


async def _connect_or_close(self: Any, net: Any, sock: socket.socket, address: Any, timeout_at: Any = None) -> Any:
    try:
        return await _connect(self, net, sock, address, timeout_at=timeout_at)
    except BaseException:  # also where the client is closed meanwhile
        sock.close()
        raise
