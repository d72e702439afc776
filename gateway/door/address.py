"""The address that a request is counted for: the caller's own, as a trusted proxy tells it."""

from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.types import Scope


class Addresses:
    """`trusted` are the addresses of proxies, and networks of them, with commas between. The server has put the
    caller's address, which a proxy tells in `X-Forwarded-For`, into the scope."""

    def __init__(self, trusted: str) -> None:
        self._trusted = [ip_network(each.strip(), strict=False) for each in trusted.split(",") if each.strip()]
        self._named = lru_cache(maxsize=4096)(self._name)

    def counted(self, scope: Scope) -> str:
        """The name that the request is counted by."""
        client = scope.get("client")
        return self.name(client[0]) if client else ""

    def name(self, host: str) -> str:
        """The address; of IPv6 its network of 64 bits, which one customer has; "" for a trusted proxy."""
        return self._named(host[:64])

    def _name(self, host: str) -> str:
        try:
            address = ip_address(host)
        except ValueError:
            return host
        if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
            address = address.ipv4_mapped
        if any(address in network for network in self._trusted):
            return ""
        if isinstance(address, IPv6Address):
            return str(ip_network((int(address), 64), strict=False).network_address)
        return str(address)
