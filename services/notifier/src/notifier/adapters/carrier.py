"""A delivery carried to its provider: limits, rendering, requests, and what the answers mean."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from contracts.values import ReplyPath
from notifier.adapters import figures
from notifier.adapters.attached import AttachedFiles
from notifier.adapters.file_links import FileLinks
from notifier.adapters.http import Doubtful, Exchange, NotSent, ProviderHttp, Unsafe
from notifier.adapters.routes import ConfiguredRoutes
from notifier.adapters.senders import Senders
from notifier.adapters.smtp import SmtpDoor
from notifier.adapters.uploads import Uploads
from notifier.channels.provider import Channel, Outgoing, ProviderRequest, Sender, broken
from notifier.domain.account_health import AccountHealth
from notifier.domain.choose_path import Method, Way
from notifier.domain.outcome import TOKEN_EXPIRED, Kind, Outcome
from notifier.domain.quotas import Quotas
from notifier.handlers.ports import Carried, Deferred, Delivery, SavePart
from runtime import logging, telemetry
from runtime.errors import Failure
from runtime.ports import Clock
from runtime.rate_limit import RateLimit, Wanted, bucket_key

_log: Final = logging.get("notifier.carrier")


@dataclass(frozen=True, slots=True)
class _Ready:
    sender: Sender
    requests: tuple[ProviderRequest, ...]


@dataclass(frozen=True, slots=True)
class ProviderCarrier:
    channels: Mapping[str, Channel]
    routes: ConfiguredRoutes
    senders: Senders
    http: ProviderHttp
    smtp: SmtpDoor
    limit: RateLimit
    health: AccountHealth
    quotas: Quotas
    attached: AttachedFiles
    links: FileLinks
    uploads: Uploads
    clock: Clock

    async def carry(self, delivery: Delivery, way: Way, save_part: SavePart) -> Carried | Deferred:
        path = delivery.paths[way.path]
        pause = self.health.pause_left(delivery.tenant, path.account, self.clock.now())
        if pause is not None:
            return Deferred(self.clock.now() + pause, "the account is paused because it stays broken")
        ready = await self._prepare(delivery, path, way)
        if isinstance(ready, Outcome):
            self._note(delivery, path, ready)
            return _carried(delivery, ready, way.method, None)
        carried = await self._requests(delivery, path, ready.requests, save_part)
        if isinstance(carried, Deferred):
            return carried
        if carried.outcome.detail == TOKEN_EXPIRED:
            self.senders.forget_token(delivery.tenant, path, ready.sender)
        elif not carried.outcome.moved:
            return carried
        there = path.model_copy(update={"thread": {**path.thread, **carried.outcome.moved}})
        return await self._once_more(delivery, there, way, carried, save_part)

    async def _once_more(
        self, delivery: Delivery, path: ReplyPath, way: Way, carried: Carried, save_part: SavePart
    ) -> Carried | Deferred:
        """With a new token, or to where the chat has moved, from the part that was refused on."""
        ready = await self._prepare(delivery, path, way)
        if isinstance(ready, Outcome):
            return replace(carried, outcome=ready)
        going_on = replace(delivery, parts_done=carried.parts_done, provider_message_ids=carried.ids)
        return await self._requests(going_on, path, ready.requests, save_part)

    async def _prepare(self, delivery: Delivery, path: ReplyPath, way: Way) -> _Ready | Outcome:
        sender = await self.senders.sender(delivery.tenant, path)
        if isinstance(sender, Outcome):
            return sender
        channel = self.channels[path.channel]
        try:
            files = await self.attached.of(delivery.tenant, delivery.content, channel.capability.attaches_bytes)
        except Failure as failure:
            return Outcome(Kind.TRANSIENT, failure.sentence)
        outgoing = replace(self._outgoing(delivery, path, way), files=files)
        message = await self.uploads.place(channel, outgoing, sender, begun=delivery.parts_done > 0)
        requests = message if isinstance(message, Outcome) else channel.render(message, sender)
        return requests if isinstance(requests, Outcome) else _Ready(sender, requests)

    def _outgoing(self, delivery: Delivery, path: ReplyPath, way: Way) -> Outgoing:
        template, language = self.routes.template(delivery.tenant, path.channel)
        return Outgoing(
            message_id=delivery.id,
            case_id=delivery.case_id,
            conversation_id=path.conversation_id,
            key=delivery.idempotency_key,
            author=delivery.author,
            content=self.links.in_place(delivery.tenant, delivery.content, delivery.requested_at),
            address=path.address,
            method=way.method,
            requested_at=delivery.requested_at,
            now=self.clock.now(),
            reply_token=path.reply_handle.token if path.reply_handle else None,
            template=template,
            language=language,
            event=delivery.event,
            thread=path.thread,
        )

    async def _requests(
        self, delivery: Delivery, path: ReplyPath, requests: tuple[ProviderRequest, ...], save_part: SavePart
    ) -> Carried | Deferred:
        """Part after part; each acceptance is saved before the next request, so that no part goes out twice."""
        ids, method, status = delivery.provider_message_ids, requests[-1].sent_by, None
        for part in range(delivery.parts_done, len(requests)):
            request = requests[part]
            if part > delivery.parts_done and not await save_part(part, ids, request.sent_by):
                return Deferred(self.clock.now(), "another sender took the delivery over")
            wait = await self.limit.take(self._buckets(delivery, path))
            if wait is not None:
                return Deferred(self.clock.now() + max(wait, timedelta(milliseconds=50)), "a rate limit of ours")
            outcome = await self._exchange(delivery, path, request)
            if outcome.kind is not Kind.ACCEPTED:
                return Carried(outcome, request.sent_by, part, len(requests), ids)
            ids, method, status = (*ids, *outcome.ids), request.sent_by, outcome.http_status
        return Carried(Outcome(Kind.ACCEPTED, ids=ids, http_status=status), method, len(requests), len(requests), ids)

    def _buckets(self, delivery: Delivery, path: ReplyPath) -> list[Wanted]:
        capability = self.channels[path.channel].capability
        wanted: list[Wanted] = [(bucket_key(delivery.tenant, path.account), capability.per_account)]
        place = path.thread.get(capability.place, path.address.value)
        if capability.per_recipient is not None:
            wanted.append((bucket_key(delivery.tenant, path.account, place), capability.per_recipient))
        if capability.per_group is not None and place != path.address.value:
            wanted.append((bucket_key(delivery.tenant, path.account, place, "group"), capability.per_group))
        return wanted

    async def _exchange(self, delivery: Delivery, path: ReplyPath, request: ProviderRequest) -> Outcome:
        trace = telemetry.traceparent() or delivery.traceparent
        found = await self._transport(path.channel, request, trace)
        outcome = self._outcome(path.channel, request, found, self.clock.now())
        figures.ATTEMPTS.labels(path.channel, outcome.kind).inc()
        self._note(delivery, path, outcome)
        return outcome

    async def _transport(self, channel: str, request: ProviderRequest, trace: str | None) -> Exchange:
        """Everybody speaks HTTP but the relay of our own mail."""
        if request.url.startswith("smtp:"):
            return await self.smtp.exchange(request)
        return await self.http.exchange(channel, request, trace)

    def _outcome(self, channel: str, request: ProviderRequest, found: Exchange, now: datetime) -> Outcome:
        match found:
            case NotSent(reason):
                return Outcome(Kind.TRANSIENT, reason)
            case Unsafe(reason):
                return broken(reason)
            case Doubtful(reason):
                return Outcome(Kind.AMBIGUOUS, reason)
        try:
            return self.channels[channel].classify(request, found, now)
        except Exception as error:  # noqa: BLE001  # the request is out: an answer that we can't read leaves its fate open
            reason = f"the answer can't be understood: {type(error).__name__}"
            return Outcome(Kind.AMBIGUOUS, reason, http_status=found.status)

    def _note(self, delivery: Delivery, path: ReplyPath, outcome: Outcome) -> None:
        self.quotas.note(delivery.tenant, path.account, outcome, self.clock.now())
        if self.health.note(delivery.tenant, path.account, outcome.kind, self.clock.now()):
            word = "account works again" if outcome.kind is Kind.ACCEPTED else "account paused: it stays broken"
            _log.warning(word, extra={"tenant": delivery.tenant, "account": path.account, "code": outcome.code})
        figures.ACCOUNTS_PAUSED.set(self.health.paused())


def _carried(delivery: Delivery, outcome: Outcome, method: Method, total: int | None) -> Carried:
    return Carried(outcome, method, delivery.parts_done, total, delivery.provider_message_ids)
