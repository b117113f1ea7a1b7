"""Where a URL from the configuration may lead: the public internet over https; in the local stack also this machine; and
hosts of the house that the operator named.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address

import httpx

Address = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Awaitable[list[str]]]


class UnsafeTarget(Exception):
    """The sentence names the rule, for the operator."""


@dataclass(frozen=True, slots=True)
class Place:
    """`url` holds the checked address itself, so that a second look-up can't lead elsewhere."""

    url: str
    host: str
    server_name: str


class Target:
    def __init__(
        self, *, allow_loopback: bool, internal_hosts: frozenset[str] = frozenset(), resolve: Resolve | None = None
    ) -> None:
        self._allow_loopback = allow_loopback
        self._internal_hosts = internal_hosts
        self._resolve = resolve or _look_up

    async def resolve(self, url: str) -> Place:
        """Raises UnsafeTarget; httpx.ConnectError when the name has no address."""
        parsed = _parsed(url)
        port = parsed.port or (443 if parsed.scheme == "https" else 80)
        try:
            found = await self._resolve(parsed.host, port)
        except OSError as error:
            raise httpx.ConnectError(f"the name has no address: {type(error).__name__}") from error
        addresses = [_plain(ip_address(one.partition("%")[0])) for one in found]
        for address in addresses:
            self._check(parsed, address)
        literal = f"[{addresses[0]}]" if addresses[0].version == 6 else str(addresses[0])
        return Place(str(parsed.copy_with(host=literal)), parsed.netloc.decode("ascii"), parsed.host)

    def _check(self, url: httpx.URL, address: Address) -> None:
        if address.is_loopback and self._allow_loopback:
            return
        if url.host in self._internal_hosts and not address.is_link_local:
            return
        if not address.is_global or address.is_multicast:
            raise UnsafeTarget("the URL leads to an address that is not on the public internet")
        if url.scheme != "https":
            raise UnsafeTarget("the URL must be https")


def _parsed(url: str) -> httpx.URL:
    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        raise UnsafeTarget("the URL can't be read") from None
    if parsed.scheme not in ("https", "http") or not parsed.host:
        raise UnsafeTarget("the URL must be https")
    if parsed.userinfo:
        raise UnsafeTarget("the URL must not hold a user name or password")
    return parsed


def _plain(address: Address) -> Address:
    """The IPv4 address inside a mapped, NAT64, 6to4 or Teredo one decides."""
    if isinstance(address, IPv4Address):
        return address
    if address.packed[:12] == b"\x00\x64\xff\x9b" + bytes(8):
        return IPv4Address(address.packed[12:])
    teredo = address.teredo[1] if address.teredo else None
    return address.ipv4_mapped or address.sixtofour or teredo or address


async def _look_up(host: str, port: int) -> list[str]:
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]) for entry in found]
