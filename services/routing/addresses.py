"""Checks the address of a webhook: an agency chooses it, and it must not lead to servers of our own network."""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

from services.routing.webhooks import BadWebhook

if TYPE_CHECKING:
    from httpx import URL

Resolve = Callable[[str, int], list[str]]
"""The IP addresses of a host and port; raises `OSError` if there are none."""

_PUBLIC6 = IPv6Network("2000::/3")
_TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))
"""Teredo and 6to4: an address there can contain any IPv4 address, also a private one."""


def parse(address: str) -> "URL":
    """Raises `BadWebhook`."""
    from httpx import URL, InvalidURL  # as in `sending`: many starts see no webhook

    try:
        return URL(address)
    except InvalidURL as error:
        raise BadWebhook("the address is not a valid URL") from error


def host_of(url: "URL") -> str:
    """The host in ASCII, as the DNS and certificates write it: some names change when decoded and encoded again."""
    return url.raw_host.decode("ascii").rstrip(".")


def check(address: str, *, private: bool) -> None:
    """Check the address without looking up its host. Raises `BadWebhook`."""
    url = parse(address)
    if url.scheme != "https" and not private:
        raise BadWebhook("the address must begin with https://")
    if url.userinfo:
        raise BadWebhook("the address must not contain a user name or password")
    if not private and not _may_be_public(host_of(url)):
        raise BadWebhook("the address must be public")


def _may_be_public(host: str) -> bool:
    """Whether it is a public IP address or a name with a dot: names without a dot exist only in local networks."""
    try:
        return is_public(ip_address(host))
    except ValueError:
        return "." in host


def resolve_host(url: "URL", resolve: Resolve, *, private: bool) -> list[str]:
    """The checked IP addresses to connect to: a second look-up could give others. Raises `BadWebhook`, `OSError`."""
    ips = resolve(host_of(url), url.port or (443 if url.scheme == "https" else 80))
    if not private and not all(is_public(ip_address(ip)) for ip in ips):
        raise BadWebhook("its host has an address that is not public")
    return ips


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether the address can be reached from the whole internet.

    >>> [is_public(ip_address(each)) for each in ("8.8.8.8", "10.0.0.1", "::1", "::ffff:10.0.0.1", "2002:a00:1::")]
    [True, False, False, False, False]
    """
    if isinstance(address, IPv6Address):
        unicast = address in _PUBLIC6 and not any(address in tunnel for tunnel in _TUNNELS)
        return unicast and address.is_global
    return address.is_global and not address.is_multicast


def look_up(host: str, port: int) -> list[str]:
    """A `Resolve` that asks the operating system."""
    try:
        return [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError as error:  # a part of the name is longer than 63 characters
        raise socket.gaierror(str(error)) from error
