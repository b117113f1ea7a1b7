"""How often a visitor and an address may do what. One token of each bucket, or a refusal that says how long to wait."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple

from starlette.types import Scope

from ingest.channels.webchat.session import Session
from runtime.errors import Refused
from runtime.rate_limit import RateLimit, bucket_key


class Bucket(NamedTuple):
    """`rate` tokens a second, at most `burst` at once."""

    rate: float
    burst: float


SESSIONS: Final = Bucket(rate=0.5, burst=30)
CALLS: Final = Bucket(rate=10, burst=100)
MESSAGES: Final = Bucket(rate=1, burst=15)
TYPING: Final = Bucket(rate=0.5, burst=2)
FILES: Final = Bucket(rate=0.2, burst=5)
RESUMES: Final = Bucket(rate=1, burst=20)


class RateLimited(Refused):
    def __init__(self, wait: timedelta) -> None:
        super().__init__("rate_limited", "Too many requests; wait a little.", status=429)
        self.wait = wait


@dataclass(frozen=True, slots=True)
class Limits:
    buckets: RateLimit

    async def address(self, account: str, address: str, what: Bucket) -> None:
        """Raises RateLimited."""
        await self._take(account, f"{what.rate}", address, what=what)

    async def visitor(self, session: Session, what: str, bucket: Bucket) -> None:
        """Raises RateLimited."""
        await self._take(session.account, what, session.visitor.id, what=bucket)

    async def _take(self, account: str, *parts: str, what: Bucket) -> None:
        wait = await self.buckets.take([(bucket_key("webchat", account, *parts), what)])
        if wait is not None:
            raise RateLimited(wait)


def address_of(scope: Scope, header: str) -> str:
    """The caller's: by the header that the operator's own proxy sets, else the connection's. Of IPv6 the /64."""
    told = next((value.decode("latin-1") for name, value in scope["headers"] if name.decode("latin-1") == header), "")
    said = told.rpartition(",")[2].strip() or (scope.get("client") or ("",))[0]
    try:
        address = ip_address(said)
    except ValueError:
        return said[:64]
    if isinstance(address, IPv6Address) and address.ipv4_mapped is None:
        return str(IPv6Address(int(address) >> 64 << 64))
    return str(address)
