"""Access tokens that a provider gives for an hour or two: fetched when needed, held in this process, one request at a time."""

import asyncio
from collections import defaultdict
from datetime import timedelta
from typing import Final

from notifier.adapters.http import Doubtful, NotSent, ProviderHttp, Unsafe
from notifier.channels.provider import AccessToken, Grant, Sender, broken
from notifier.domain.outcome import Kind, Outcome
from runtime.ports import Clock

MARGIN: Final = timedelta(minutes=2)
"""A token is renewed so long before its end: the request that carries it takes time too."""

Key = tuple[str, str, str]


def token_door(channel: str) -> str:
    """The name of the channel's token endpoint among the base URLs."""
    return f"{channel}-token"


class AccessTokens:
    """By tenant, channel and account. Nothing is stored: a new process asks anew."""

    def __init__(self, http: ProviderHttp, clock: Clock) -> None:
        self._http = http
        self._clock = clock
        self._held: dict[Key, AccessToken] = {}
        self._asking: defaultdict[Key, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def token(self, key: Key, grant: Grant, sender: Sender) -> AccessToken | Outcome:
        async with self._asking[key]:
            held = self._held.get(key)
            if held is not None and self._clock.now() < held.expires_at - MARGIN:
                return held
            found = await self._ask(key, grant, sender)
            if isinstance(found, AccessToken):
                self._held[key] = found
            return found

    def forget(self, key: Key, token: str | None) -> None:
        """The provider took this one back; a newer one stays."""
        held = self._held.get(key)
        if held is not None and held.value == token:
            del self._held[key]

    async def _ask(self, key: Key, grant: Grant, sender: Sender) -> AccessToken | Outcome:
        request = grant.request(sender, self._clock.now())
        if isinstance(request, Outcome):
            return request
        match await self._http.exchange(token_door(key[1]), request, None):
            case NotSent(reason) | Doubtful(reason):
                return Outcome(Kind.TRANSIENT, f"no access token: {reason}")
            case Unsafe(reason):
                return broken(f"no access token: {reason}")
            case answer:
                return grant.read(answer, self._clock.now())
