"""What an operator does to an endpoint: enabled again, disabled, an earlier time told again."""

from dataclasses import replace
from datetime import datetime

from contracts.config import WebhookSubscription
from contracts.endpoints import DisabledBecause, EndpointDisabled
from contracts.topics import OUTBOUND_RESULTS
from notifier.domain.endpoint import Endpoint, EndpointState, enabled
from notifier.handlers.platform_ports import PlatformLog
from runtime.errors import Refused
from runtime.ports import Emitter


async def enable_endpoint(endpoint: Endpoint, log: PlatformLog, work: Emitter, *, skip: bool) -> Endpoint:
    """With `skip` what it missed is passed over."""
    return enabled(endpoint, work.now, cursor=await log.last(work.tenant) if skip else None)


def disable_endpoint(endpoint: Endpoint, named: WebhookSubscription, work: Emitter) -> Endpoint:
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
