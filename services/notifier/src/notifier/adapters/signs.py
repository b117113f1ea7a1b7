"""Typing and read at providers, beside the messages and never in their way: asked for once, soon, or not at all."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from contracts.chat import ChatSignal
from contracts.outbound import SignalRequested
from notifier.adapters import figures
from notifier.adapters.http import ProviderHttp
from notifier.adapters.routes import ConfiguredRoutes
from notifier.adapters.senders import Senders
from notifier.channels.provider import Channel, HttpAnswer, Sender, Sign
from notifier.domain.account_health import AccountHealth
from notifier.domain.capability import Bucket
from notifier.domain.outcome import TOKEN_EXPIRED, Kind, Outcome
from runtime.ports import Clock
from runtime.rate_limit import RateLimit, bucket_key

LASTS: Final = {ChatSignal.TYPING: timedelta(seconds=10), ChatSignal.READ: timedelta(minutes=5)}
_EACH: Final = Bucket(rate=1 / 4, burst=1)
_SHARE: Final = 5
_SECONDS: Final = 5.0


def sign_door(channel: str) -> str:
    """The name among the base URLs of where the channel's signs are asked for."""
    return f"{channel}-signs"


@dataclass(frozen=True, slots=True)
class ProviderSigns:
    """Signs have buckets of their own, a fifth of the messages': a chatty page takes no message's place."""

    channels: Mapping[str, Channel]
    routes: ConfiguredRoutes
    senders: Senders
    http: ProviderHttp
    limit: RateLimit
    health: AccountHealth
    clock: Clock

    def knows(self, channel: str) -> bool:
        return channel in self.channels and self.channels[channel].sign is not None

    async def show(self, tenant: str, request: SignalRequested) -> str:
        """What became of it: `accepted`, why it was not asked for, or how the provider refused."""
        try:
            async with asyncio.timeout(_SECONDS):
                word = await self._show(tenant, request)
        except TimeoutError:
            word = "too_late"
        figures.SIGNS.labels(request.path.channel, word).inc()
        return word

    async def _show(self, tenant: str, request: SignalRequested) -> str:
        path, now = request.path, self.clock.now()
        account, channel = self.routes.account(tenant, path), self.channels[path.channel]
        if now - request.requested_at > LASTS.get(request.signal, timedelta(0)):
            return "too_late"
        paused = self.health.pause_left(tenant, path.account, now) is not None
        if account is None or not account.enabled or paused or request.signal not in channel.capability.signs:
            return "not_here"
        if await self.limit.take(self._buckets(tenant, request)) is not None:
            return "too_often"
        sender = await self.senders.sender(tenant, path)
        return str(sender.kind) if isinstance(sender, Outcome) else await self._ask(tenant, request, sender)

    async def _ask(self, tenant: str, request: SignalRequested, sender: Sender) -> str:
        path, channel, now = request.path, self.channels[request.path.channel], self.clock.now()
        sign = Sign(request.signal, path.address, now, path.thread)
        asked = channel.sign(sign, sender) if channel.sign is not None else None
        if asked is None:
            return "not_here"
        door = sign_door(path.channel) if channel.capability.signs_url else path.channel
        found = await self.http.exchange(door, asked, None)
        if not isinstance(found, HttpAnswer):
            return "no_answer"
        outcome = channel.classify(asked, found, now)
        if outcome.detail == TOKEN_EXPIRED:
            self.senders.forget_token(tenant, path, sender)
        # Signs have no ids: what would leave a message in doubt is the usual answer here.
        taken = outcome.kind is Kind.AMBIGUOUS and 200 <= found.status < 300
        return str(Kind.ACCEPTED if taken else outcome.kind)

    def _buckets(self, tenant: str, request: SignalRequested) -> list[tuple[str, Bucket]]:
        path = request.path
        whole = self.channels[path.channel].capability.per_account
        share = Bucket(whole.rate / _SHARE, max(1, whole.burst / _SHARE))
        each = bucket_key(tenant, path.account, path.address.value, request.signal)
        return [(bucket_key(tenant, path.account, "signs"), share), (each, _EACH)]
