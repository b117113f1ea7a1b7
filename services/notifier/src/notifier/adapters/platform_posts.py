"""An event as a signed Standard Webhook to the subscription's account, and what came back."""

import asyncio
from dataclasses import dataclass

from contracts.base import format_instant
from notifier.adapters.http import Doubtful, NotSent, ProviderHttp, Unsafe
from notifier.adapters.routes import ConfiguredRoutes
from notifier.adapters.secrets import Secrets
from notifier.channels.provider import Sender, broken, encode_json
from notifier.channels.webhook.capability import CAPABILITY
from notifier.channels.webhook.classify import classify
from notifier.channels.webhook.render import signed_request
from notifier.domain.outcome import Kind, Outcome
from notifier.domain.registration import Registration
from notifier.handlers.platform_ports import LoggedEvent, Subscribed
from notifier.handlers.registry_ports import Sealing, place_of
from runtime.errors import Failure
from runtime.ports import Clock
from runtime.rate_limit import RateLimit, bucket_key

_SECRETS = frozenset({"signing_secret"})


@dataclass(frozen=True, slots=True)
class PlatformPosts:
    routes: ConfiguredRoutes
    secrets: Secrets
    sealing: Sealing
    http: ProviderHttp
    limit: RateLimit
    clock: Clock

    async def post(self, tenant: str, to: Subscribed, event: LoggedEvent) -> Outcome:
        try:
            sender = self._registered(tenant, to.registered) if to.registered else self._configured(tenant, to)
        except Failure as failure:
            return broken(failure.sentence)
        request = signed_request(sender, str(event.id), self.clock.now(), _body(event))
        if isinstance(request, Outcome):
            return request
        await self._wait_for_turn(bucket_key(tenant, sender.id))
        found = await self.http.exchange("webhook", request, event.traceparent)
        match found:
            case NotSent(reason) | Doubtful(reason):
                return Outcome(Kind.TRANSIENT, reason)
            case Unsafe(reason):
                return broken(reason)
        return classify(request, found, self.clock.now())

    def _configured(self, tenant: str, to: Subscribed) -> Sender:
        account = self.routes.named(tenant, "webhook", to.account or "")
        if account is None or not account.enabled:
            raise Failure(f"the webhook account '{to.account}' is not configured or not enabled")
        return self.secrets.sender(account, _SECRETS)

    def _registered(self, tenant: str, to: Registration) -> Sender:
        """With every secret that is live, the newest first."""
        live = to.live_secrets(self.clock.now())
        opened = tuple(self.sealing.open(one.sealed, place_of(tenant, to.id)) for one in live)
        return Sender(str(to.id), None, {"url": to.url}, {"signing_secret": opened})

    async def _wait_for_turn(self, key: str) -> None:
        wait = await self.limit.take([(key, CAPABILITY.per_account)])
        if wait is not None:
            await asyncio.sleep(wait.total_seconds())
            await self._wait_for_turn(key)


def _body(event: LoggedEvent) -> bytes:
    """`data` goes out as it was kept, byte by byte: every attempt is the same."""
    head = encode_json({"type": event.type, "timestamp": format_instant(event.at)})
    return head[:-1] + b',"data":' + event.data.encode() + b"}"
