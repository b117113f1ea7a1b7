"""An event as a signed Standard Webhook to the subscription's account, and what came back."""

import asyncio
from dataclasses import dataclass

from contracts.base import format_instant
from contracts.config import WebhookSubscription
from notifier.adapters.http import Doubtful, NotSent, ProviderHttp, Unsafe
from notifier.adapters.routes import ConfiguredRoutes
from notifier.adapters.secrets import Secrets
from notifier.channels.provider import broken, encode_json
from notifier.channels.webhook.capability import CAPABILITY
from notifier.channels.webhook.classify import classify
from notifier.channels.webhook.render import signed_request
from notifier.domain.outcome import Kind, Outcome
from notifier.handlers.platform_ports import LoggedEvent
from runtime.errors import Failure
from runtime.ports import Clock
from runtime.rate_limit import RateLimit, bucket_key

_SECRETS = frozenset({"signing_secret"})


@dataclass(frozen=True, slots=True)
class PlatformPosts:
    routes: ConfiguredRoutes
    secrets: Secrets
    http: ProviderHttp
    limit: RateLimit
    clock: Clock

    async def post(self, tenant: str, subscription: WebhookSubscription, event: LoggedEvent) -> Outcome:
        account = self.routes.named(tenant, "webhook", subscription.account)
        if account is None or not account.enabled:
            return broken(f"the webhook account '{subscription.account}' is not configured or not enabled")
        try:
            sender = self.secrets.sender(account, _SECRETS)
        except Failure as failure:
            return broken(failure.sentence)
        request = signed_request(sender, str(event.id), self.clock.now(), _body(event))
        if isinstance(request, Outcome):
            return request
        await self._wait_for_turn(bucket_key(tenant, account.id))
        found = await self.http.exchange("webhook", request, event.traceparent)
        match found:
            case NotSent(reason) | Doubtful(reason):
                return Outcome(Kind.TRANSIENT, reason)
            case Unsafe(reason):
                return broken(reason)
        return classify(request, found, self.clock.now())

    async def _wait_for_turn(self, key: str) -> None:
        wait = await self.limit.take([(key, CAPABILITY.per_account)])
        if wait is not None:
            await asyncio.sleep(wait.total_seconds())
            await self._wait_for_turn(key)


def _body(event: LoggedEvent) -> bytes:
    """`data` goes out as it was kept, byte by byte: every attempt is the same."""
    head = encode_json({"type": event.type, "timestamp": format_instant(event.at)})
    return head[:-1] + b',"data":' + event.data.encode() + b"}"
