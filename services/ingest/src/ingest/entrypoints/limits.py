"""How often a visitor of the web chat and an address may do what. One token of each bucket, or a refusal that says how long to wait."""

from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address
from typing import Final, NamedTuple

from starlette.responses import Response
from starlette.types import Scope

from ingest.channels.webchat.session import Session
from runtime.errors import Failure, Refused
from runtime.problems import of_failure, problem
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
MOST_POSTS: Final = 100_000
"""That an account may allow one address in a minute: its own server posts for all its visitors."""
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
        await self._take("webchat", account, f"{what.rate}", address, what=what)

    async def posts(self, account: str, address: str, a_minute: int) -> None:
        """Raises RateLimited."""
        await self._take("webhooks", account, address, what=Bucket(rate=a_minute / 60, burst=a_minute))

    async def visitor(self, session: Session, what: str, bucket: Bucket) -> None:
        """Raises RateLimited."""
        await self._take("webchat", session.account, what, session.visitor.id, what=bucket)

    async def _take(self, *parts: str, what: Bucket) -> None:
        wait = await self.buckets.take([(bucket_key(*parts), what)])
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


def refusal(failure: Failure) -> Response:
    """With `Retry-After` in whole seconds where waiting helps."""
    if isinstance(failure, RateLimited):
        seconds = str(max(1, round(failure.wait.total_seconds() + 0.5)))
        return problem(429, failure.code, failure.sentence, headers={"retry-after": seconds})
    return of_failure(failure)
