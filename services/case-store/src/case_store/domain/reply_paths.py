"""In which order the customer's conversations are tried for a reply."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from case_store.domain.customer import AddressKey


@dataclass(frozen=True, slots=True)
class Route:
    """A conversation as a way out. `last_inbound_at` is the provider's time, `last_received_at` ours; `reply_token` is single use."""

    conversation_id: UUID
    channel: str
    account: str
    address: AddressKey
    last_inbound_at: datetime
    last_received_at: datetime
    reply_token: str | None = None
    reply_expires_at: datetime | None = None
    window_closes_at: datetime | None = None
    thread: Mapping[str, str] = field(default_factory=dict)


def order(routes: Iterable[Route], asked: UUID | None = None) -> list[Route]:
    """The asked conversation first, then where the customer wrote last.

    Some providers tell whole seconds (WhatsApp), others milliseconds: inside one second, the order of arrival decides.
    """

    def key(route: Route) -> tuple[bool, datetime, datetime, str]:
        second = route.last_inbound_at.replace(microsecond=0)
        return route.conversation_id == asked, second, route.last_received_at, str(route.conversation_id)

    return sorted(routes, key=key, reverse=True)


def without_spare_handles(routes: Sequence[Route], now: datetime) -> list[Route]:
    """Only the first path takes a reply handle, and only a living one: a fallback should not burn another conversation's."""
    return [route if i == 0 and _handle_lives(route, now) else _bare(route) for i, route in enumerate(routes)]


def _handle_lives(route: Route, now: datetime) -> bool:
    return route.reply_token is not None and route.reply_expires_at is not None and route.reply_expires_at > now


def _bare(route: Route) -> Route:
    return replace(route, reply_token=None, reply_expires_at=None)


class PathState(StrEnum):
    """`agents_only`: people may still answer, bots may not. `template_only`: only what the provider approved may leave."""

    OPEN = "open"
    AGENTS_ONLY = "agents_only"
    TEMPLATE_ONLY = "template_only"
    CLOSED = "closed"
    UNUSABLE = "unusable"


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides on a path besides its window: all but `blocked` is configuration."""

    blocked: bool
    enabled: bool
    agents_may_for: timedelta | None = None
    template: str | None = None


def judge(route: Route, standing: Standing, now: datetime) -> tuple[PathState, str | None]:
    """Whether a reply may leave there now, and a sentence for the agent where it may not, or not all of it."""
    if standing.blocked:
        return PathState.UNUSABLE, f"The customer blocked us on {route.channel}."
    if not standing.enabled:
        return PathState.UNUSABLE, f"The {route.channel} account '{route.account}' is not configured or not enabled."
    if route.window_closes_at is None or now < route.window_closes_at:
        return PathState.OPEN, None
    return _after_the_window(route, route.window_closes_at, standing, now)


def _after_the_window(
    route: Route, closed_at: datetime, standing: Standing, now: datetime
) -> tuple[PathState, str | None]:
    since = f"The customer's reply window on {route.channel} closed at {closed_at:%Y-%m-%d %H:%M} UTC"
    if standing.agents_may_for is not None and now < (until := route.last_inbound_at + standing.agents_may_for):
        return PathState.AGENTS_ONLY, f"{since}; agents, but no bots, may answer until {until:%Y-%m-%d %H:%M} UTC."
    if standing.template is not None:
        return PathState.TEMPLATE_ONLY, f"{since}; a reply leaves as the template '{standing.template}'."
    return PathState.CLOSED, f"{since}; it opens again when the customer writes, and no template is configured."
