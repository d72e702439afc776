"""Where a webhook may be sent: an agency names the address, and must not have us knock at doors in our own house."""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from httpx import URL, InvalidURL

from services.routing.webhooks import BadWebhook

Resolve = Callable[[str, int], list[str]]
"""The addresses of a host and port, as `ip_address` reads them; raises `OSError` if there are none."""

_PUBLIC6 = IPv6Network("2000::/3")
_TUNNELS = (IPv6Network("2001::/32"), IPv6Network("2002::/16"))
"""Teredo and 6to4 carry an IPv4 address of anybody's choice."""


def read(written: str) -> URL:
    """Raises `BadWebhook`."""
    try:
        return URL(written)
    except InvalidURL as error:
        raise BadWebhook("the address is not one that can be called") from error


def name_of(url: URL) -> str:
    """Its host as the DNS and certificates have it: not every name can be written in other letters and back."""
    return url.raw_host.decode("ascii").rstrip(".")


def check(written: str, *, private: bool) -> None:
    """Refuse what can be seen without looking up the host. Raises `BadWebhook`."""
    url = read(written)
    if url.scheme != "https" and not private:
        raise BadWebhook("the address must begin with https://")
    if url.userinfo:
        raise BadWebhook("the address may hold no user name or password")
    if not private and not _may_be_public(name_of(url)):
        raise BadWebhook("the address must be a public one")


def _may_be_public(host: str) -> bool:
    """Whether it is a public address, or a name that may lead to one: one without a dot is only known in a house."""
    try:
        return is_public(ip_address(host))
    except ValueError:
        return "." in host


def choose(url: URL, resolve: Resolve, *, private: bool) -> list[str]:
    """The addresses to connect to, looked up once: to look again could give others. Raises `BadWebhook`, `OSError`."""
    found = resolve(name_of(url), url.port or (443 if url.scheme == "https" else 80))
    if not private and not all(is_public(ip_address(each)) for each in found):
        raise BadWebhook("its name leads to an address that is not public")
    return found


def is_public(address: IPv4Address | IPv6Address) -> bool:
    """Whether it is one of the whole internet's.

    >>> [is_public(ip_address(each)) for each in ("8.8.8.8", "10.0.0.1", "::1", "::ffff:10.0.0.1", "2002:a00:1::")]
    [True, False, False, False, False]
    """
    if isinstance(address, IPv6Address):
        inside = address in _PUBLIC6 and not any(address in tunnel for tunnel in _TUNNELS)
        return inside and address.is_global
    return address.is_global and not address.is_multicast


def look_up(host: str, port: int) -> list[str]:
    """A `Resolve` that asks the system."""
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except UnicodeError as error:  # a part of the name is longer than names may be
        raise socket.gaierror(str(error)) from error
