"""What an operator does to an endpoint: enabled again, disabled, an earlier time told again."""

from dataclasses import replace
from datetime import datetime

from contracts.endpoints import DisabledBecause, EndpointDisabled
from contracts.topics import OUTBOUND_RESULTS
from notifier.domain.endpoint import Endpoint, EndpointState, enabled
from notifier.handlers.platform_ports import DeliveryStatus, EventDelivery, PlatformLog, Subscribed
from runtime.errors import Refused
from runtime.ports import Emitter


async def enable_endpoint(endpoint: Endpoint, log: PlatformLog, work: Emitter, *, skip: bool) -> Endpoint:
    """With `skip` what it missed is passed over."""
    return enabled(endpoint, work.now, cursor=await log.last(work.tenant) if skip else None)


def disable_endpoint(endpoint: Endpoint, named: Subscribed, work: Emitter) -> Endpoint:
    if endpoint.state is EndpointState.ENABLED:
        told = EndpointDisabled(
            subscription=named.id,
            account=named.account,
            because=DisabledBecause.OPERATOR,
            reason="by the API",
            failing_since=endpoint.failing_since,
            disabled_at=work.now,
        )
        work.emit(OUTBOUND_RESULTS, named.id, told)
    return replace(endpoint, state=EndpointState.DISABLED)


async def replay_endpoint(endpoint: Endpoint, log: PlatformLog, work: Emitter, frm: datetime, to: datetime) -> Endpoint:
    if endpoint.replay_until is not None:
        raise Refused("replay_running", "An earlier replay has not ended.")
    found = await log.range(work.tenant, frm, to)
    if found is None:
        raise Refused("nothing_kept", "No events of that time are kept.", status=422, pointer="/from")
    return replace(endpoint, replay_cursor=found[0], replay_until=found[1], next_attempt_at=work.now)


def replay_delivery(endpoint: Endpoint, delivery: EventDelivery, work: Emitter) -> Endpoint:
    """That one event again, before anything else."""
    if endpoint.replay_until is not None:
        raise Refused("replay_running", "An earlier replay has not ended.")
    if delivery.status in (DeliveryStatus.RETRYING, DeliveryStatus.WAITING):
        raise Refused("delivery_open", f"The event is {delivery.status} and comes by itself.")
    place = delivery.position
    return replace(endpoint, replay_cursor=place - 1, replay_until=place, next_attempt_at=work.now)
