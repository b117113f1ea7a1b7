"""What the notifier listens to."""

from collections.abc import Callable

from contracts.inbound import ReceiptReceived
from contracts.outbound import SendRequested, WebhookRequested
from contracts.topics import INBOUND_RECEIPTS, OUTBOUND_MESSAGES
from notifier.handlers.accept_request import accept_request
from notifier.handlers.accept_webhook import accept_webhook
from notifier.handlers.match_receipt import match_receipt
from notifier.handlers.ports import Stores
from runtime import telemetry
from runtime.ports import Delivery
from runtime.processing import Subscription, each
from runtime.unit_of_work import UnitOfWork


def subscriptions(stores: Stores, wake: Callable[[], None]) -> tuple[Subscription, ...]:
    """`wake` is called after the commit of anything that may be due at once."""

    async def on_send_requested(event: Delivery, work: UnitOfWork) -> None:
        request = event.envelope.data
        if isinstance(request, SendRequested):
            trace = telemetry.traceparent() or event.envelope.traceparent
            await accept_request(request, event.envelope.tenant, trace, stores(work))
            work.after_commit(wake)

    async def on_webhook_requested(event: Delivery, work: UnitOfWork) -> None:
        request = event.envelope.data
        if isinstance(request, WebhookRequested):
            trace = telemetry.traceparent() or event.envelope.traceparent
            await accept_webhook(request, event.envelope.tenant, trace, stores(work))
            work.after_commit(wake)

    async def on_receipt_received(event: Delivery, work: UnitOfWork) -> None:
        receipt = event.envelope.data
        if isinstance(receipt, ReceiptReceived) and await match_receipt(receipt, stores(work), work):
            work.after_commit(wake)

    return (
        Subscription(
            "notifier.outbound",
            OUTBOUND_MESSAGES,
            each({SendRequested: on_send_requested, WebhookRequested: on_webhook_requested}),
        ),
        Subscription("notifier.receipts", INBOUND_RECEIPTS, each({ReceiptReceived: on_receipt_received})),
    )
