"""What a policy does at a warning or a breach, as far as it isn't the router's to do. Once per event."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Final

from case_store.domain.case import Case, CaseStatus
from case_store.domain.routing_view import RoutingView
from case_store.handlers.change_case import state_facts
from case_store.handlers.entries import entry_of
from case_store.handlers.ports import Work
from case_store.handlers.tell_customer import ROUTER
from contracts.cases import SupervisorNotified
from contracts.envelope import Envelope
from contracts.outbound import SlaNotice, WebhookRequested
from contracts.sla import SlaActionKind, SlaActionTaken
from contracts.topics import CASE_EVENTS, OUTBOUND_MESSAGES
from runtime.errors import NotFound

BREACH: Final = "breach"
EXPIRE_AFTER: Final = timedelta(hours=24)


async def take_sla_action(event: SlaActionTaken, envelope: Envelope, work: Work) -> None:
    case = await work.cases.lock(event.case_id)
    if case is None:
        raise NotFound("case", event.case_id)
    if await work.cases.is_filed(case.id, envelope.id):
        return
    await work.cases.file(case.id, entry_of(envelope.id, event, event.at))
    take = _TAKERS.get(event.action)
    if take is not None:
        await take(event, envelope, case, work)


async def _raise_priority(event: SlaActionTaken, _: Envelope, case: Case, work: Work) -> None:
    """The router has done it; the case follows. Somebody may have stated another priority meanwhile: the policy's holds, on
    both sides.
    """
    if event.applied and case.status is not CaseStatus.MERGED:
        raised, is_stated = replace(case, priority=int(event.value)), case.priority is not None
        await state_facts(case, raised, ROUTER, work, priority_told=is_stated)


async def _tag(event: SlaActionTaken, _: Envelope, case: Case, work: Work) -> None:
    """A tag that is there already is told to nobody."""
    if case.status is not CaseStatus.MERGED and event.value not in case.tags:
        await state_facts(case, replace(case, tags=(*case.tags, event.value)), ROUTER, work, priority_told=False)


async def _notify_supervisor(event: SlaActionTaken, _: Envelope, case: Case, work: Work) -> None:
    view = await _view(case, work)
    told = SupervisorNotified(
        case_id=case.id,
        customer_id=case.customer_id,
        whom=event.value,
        metric=event.metric,
        policy=event.policy,
        trigger=event.trigger,
        queue=view.queue,
        agent_id=view.agent_id,
        notified_at=work.now,
    )
    event_id = work.emitter.emit(CASE_EVENTS, str(case.id), told)
    await work.cases.file(case.id, entry_of(event_id, told, work.now))


async def _webhook(event: SlaActionTaken, envelope: Envelope, case: Case, work: Work) -> None:
    """Its id is the event's, so that a receiver sees a repetition as one."""
    request = WebhookRequested(
        request_id=envelope.id,
        case_id=case.id,
        webhook=event.value,
        type="sla.breached" if event.trigger == BREACH else "sla.warned",
        data=_notice(event, case, await _view(case, work)),
        requested_at=event.at,
        expires_at=work.now + (work.config.replies.expire_after if work.config else EXPIRE_AFTER),
    )
    work.emitter.emit(OUTBOUND_MESSAGES, str(case.id), request)


def _notice(event: SlaActionTaken, case: Case, view: RoutingView) -> SlaNotice:
    clock = view.sla.get(event.metric)
    return SlaNotice(
        case_id=case.id,
        customer_id=case.customer_id,
        metric=event.metric,
        policy=event.policy,
        policy_revision=event.policy_revision,
        trigger=event.trigger,
        priority=case.priority or view.work_priority,
        tags=case.tags,
        queue=view.queue,
        agent_id=view.agent_id,
        due_at=clock.due_at if clock is not None else None,
    )


async def _view(case: Case, work: Work) -> RoutingView:
    return await work.cases.lock_routing(case.id) or RoutingView()


_TAKERS: Final[Mapping[SlaActionKind, Callable[[SlaActionTaken, Envelope, Case, Work], Awaitable[None]]]] = {
    SlaActionKind.RAISE_PRIORITY: _raise_priority,
    SlaActionKind.TAG: _tag,
    SlaActionKind.NOTIFY_SUPERVISOR: _notify_supervisor,
    SlaActionKind.WEBHOOK: _webhook,
}
