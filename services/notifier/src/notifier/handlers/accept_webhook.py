"""WebhookRequested becomes a delivery with one path, the webhook account, where the events of one case keep their order."""

from uuid import uuid5

from contracts.outbound import WebhookRequested
from contracts.values import Address, AddressKind, Author, AuthorKind, Content, ContentKind, ReplyPath
from notifier.domain.delivery import WebhookEvent
from notifier.handlers.accept_request import idempotency_key
from notifier.handlers.ports import Deliveries, NewDelivery

CHANNEL = "webhook"
_AUTHOR = Author(kind=AuthorKind.SYSTEM, id="case-store")
_NO_WORDS = Content(kind=ContentKind.UNKNOWN)


async def accept_webhook(
    request: WebhookRequested, tenant: str, traceparent: str | None, deliveries: Deliveries
) -> bool:
    """False when it was asked for before."""
    path = ReplyPath(
        conversation_id=uuid5(request.case_id, request.webhook),
        channel=CHANNEL,
        account=request.webhook,
        address=Address(kind=AddressKind.EXTERNAL, value=request.webhook),
    )
    return await deliveries.add(
        NewDelivery(
            tenant=tenant,
            id=request.request_id,
            case_id=request.case_id,
            author=_AUTHOR,
            content=_NO_WORDS,
            paths=(path,),
            idempotency_key=idempotency_key(tenant, request.request_id),
            requested_at=request.requested_at,
            expires_at=request.expires_at,
            traceparent=traceparent,
            event=WebhookEvent(request.type, request.data.model_dump(mode="json", exclude_none=True)),
        )
    )
