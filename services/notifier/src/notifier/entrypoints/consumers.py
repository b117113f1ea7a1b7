"""What the notifier listens to."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from contracts.base import Contract
from contracts.inbound import ChatResumed, ReceiptReceived
from contracts.outbound import SendRequested, SignalRequested, WebhookRequested
from contracts.topics import INBOUND_RECEIPTS, OUTBOUND_MESSAGES
from notifier.handlers.accept_request import accept_request
from notifier.handlers.accept_webhook import accept_webhook
from notifier.handlers.chat_feed import ChatFeeds, pass_signal, resume_chat
from notifier.handlers.match_receipt import match_receipt
from notifier.handlers.ports import Stores
from runtime import telemetry
from runtime.ports import Delivery
from runtime.processing import Handler, Subscription, each, only
from runtime.unit_of_work import UnitOfWork

Offer = Callable[[str, SignalRequested], None]


def subscriptions(stores: Stores, feeds: ChatFeeds, wake: Callable[[], None], offer: Offer) -> tuple[Subscription, ...]:
    """`wake` is called after the commit of anything that may be due at once; `offer` takes the signs that providers show."""
    ear = _Ear(stores, feeds, wake, offer)
    requests: dict[type[Contract], Handler] = {
        SendRequested: ear.send_requested,
        WebhookRequested: ear.webhook_requested,
        SignalRequested: ear.signal_requested,
    }
    receipts: dict[type[Contract], Handler] = {ReceiptReceived: ear.receipt_received, ChatResumed: ear.chat_resumed}
    return (
        Subscription("notifier.outbound", OUTBOUND_MESSAGES, each(requests), wants=only(requests), together=True),
        Subscription("notifier.receipts", INBOUND_RECEIPTS, each(receipts), wants=only(receipts), together=True),
    )


@dataclass(frozen=True, slots=True)
class _Ear:
    stores: Stores
    feeds: ChatFeeds
    wake: Callable[[], None]
    offer: Offer

    async def send_requested(self, event: Delivery, work: UnitOfWork) -> None:
        request = event.envelope.data
        if isinstance(request, SendRequested):
            trace = telemetry.traceparent() or event.envelope.traceparent
            await accept_request(request, event.envelope.tenant, trace, self.stores(work))
            work.after_commit(self.wake)

    async def webhook_requested(self, event: Delivery, work: UnitOfWork) -> None:
        request = event.envelope.data
        if isinstance(request, WebhookRequested):
            trace = telemetry.traceparent() or event.envelope.traceparent
            await accept_webhook(request, event.envelope.tenant, trace, self.stores(work))
            work.after_commit(self.wake)

    async def signal_requested(self, event: Delivery, work: UnitOfWork) -> None:
        request = event.envelope.data
        if isinstance(request, SignalRequested):
            pass_signal(request, work)
            work.after_commit(partial(self.offer, event.envelope.tenant, request))

    async def receipt_received(self, event: Delivery, work: UnitOfWork) -> None:
        receipt = event.envelope.data
        if isinstance(receipt, ReceiptReceived) and await match_receipt(receipt, self.stores(work), work):
            work.after_commit(self.wake)

    async def chat_resumed(self, event: Delivery, work: UnitOfWork) -> None:
        if isinstance(event.envelope.data, ChatResumed):
            await resume_chat(event.envelope.data, self.feeds(work), work)
