"""SendRequested becomes a delivery that is due now."""

from uuid import UUID, uuid5

from contracts.outbound import SendRequested
from notifier.handlers.ports import Deliveries, NewDelivery
from runtime.errors import Malformed

_KEYS = UUID("6a1f6f0e-3c1d-5a52-9a2e-0f6d1b7c5e44")


async def accept_request(request: SendRequested, tenant: str, traceparent: str | None, deliveries: Deliveries) -> bool:
    """False when this message was asked for before. Raises Malformed for a request that names no path."""
    if not request.paths:
        raise Malformed("a send request needs at least one path", pointer="/paths")
    return await deliveries.add(
        NewDelivery(
            tenant=tenant,
            id=request.message_id,
            case_id=request.case_id,
            author=request.author,
            content=request.content,
            paths=request.paths,
            idempotency_key=idempotency_key(tenant, request.message_id),
            requested_at=request.requested_at,
            expires_at=request.expires_at,
            traceparent=traceparent,
        )
    )


def idempotency_key(tenant: str, message_id: UUID) -> UUID:
    """The same for ever, so that a lost and rebuilt row still asks with the same key."""
    return uuid5(_KEYS, f"{tenant}|{message_id}")
