"""Where a reply may leave now, told before it is written."""

from datetime import datetime
from uuid import UUID

from case_store.domain.reply_paths import PathState, Route, Standing, judge, order
from case_store.handlers.views import Reader, ReplyPathView
from contracts.config import TenantConfig
from contracts.reply_windows import AGENT_TAG_LIFE
from contracts.values import Address, AddressKind
from runtime.errors import NotFound


async def show_reply_paths(
    case_id: UUID, reader: Reader, config: TenantConfig | None, now: datetime
) -> list[ReplyPathView]:
    """In the order in which they are tried; those that can't be used at all come last."""
    case = await reader.case(case_id)
    if case is None:
        raise NotFound("case", case_id)
    found = await reader.routes(case.customer_id)
    blocked = {route.conversation_id for route, is_blocked in found if is_blocked}
    shown = [
        _view(route, _standing(route, route.conversation_id in blocked, config), now)
        for route in order(route for route, _ in found)
    ]
    return sorted(shown, key=lambda view: view.state == PathState.UNUSABLE)


def _standing(route: Route, blocked: bool, config: TenantConfig | None) -> Standing:
    accounts = config.channel_accounts if config else ()
    return Standing(
        blocked=blocked,
        enabled=config is None or any(one.id == route.account and one.enabled for one in accounts),
        agents_may_for=AGENT_TAG_LIFE.get(route.channel),
        template=config.replies.templates.get(route.channel) if config else None,
    )


def _view(route: Route, standing: Standing, now: datetime) -> ReplyPathView:
    state, why = judge(route, standing, now)
    return ReplyPathView(
        conversation_id=route.conversation_id,
        channel=route.channel,
        account=route.account,
        address=Address(kind=AddressKind(route.address.kind), value=route.address.value),
        last_inbound_at=route.last_inbound_at,
        window_closes_at=route.window_closes_at,
        state=state.value,
        why=why,
        template=standing.template if state is PathState.TEMPLATE_ONLY else None,
    )
