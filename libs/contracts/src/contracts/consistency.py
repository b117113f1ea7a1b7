"""What one field of a tenant's configuration cannot know of another. Each problem carries the path of its field."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts import bot_consistency, routing_consistency
from contracts.problems import Path
from contracts.problems import Problem as Problem
from contracts.subscribable import names_of

if TYPE_CHECKING:
    from contracts.config import (
        Agent,
        Calendar,
        ChannelAccount,
        OpenHours,
        RoutingRule,
        SlaAction,
        SlaPolicy,
        SlaTarget,
        SpecialDay,
        TenantConfig,
    )

_NAMED = (
    "channel_accounts",
    "queues",
    "agents",
    "calendars",
    "sla_policies",
    "rules",
    "webhook_subscriptions",
    "bots",
)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = 24 * 60
_WEEK = 7 * _DAY


def problems(config: TenantConfig) -> Iterator[Problem]:
    yield from _known(("default_queue",), config.default_queue, {queue.id for queue in config.queues}, "queue")
    yield from _once(("skills",), config.skills)
    for part in _NAMED:
        yield from _once((part,), [entry.id for entry in getattr(config, part)], "id")
    yield from _accounts(config.channel_accounts)
    yield from _agents(config)
    for i, calendar in enumerate(config.calendars):
        yield from _calendar(("calendars", i), calendar)
    yield from _policies(config)
    yield from routing_consistency.presences(config)
    yield from routing_consistency.queues(config)
    yield from _rules(config)
    yield from _subscriptions(config)
    yield from bot_consistency.bots(config)


def _subscriptions(config: TenantConfig) -> Iterator[Problem]:
    webhooks = {account.id for account in config.channel_accounts if account.channel == "webhook"}
    for i, subscription in enumerate(config.webhook_subscriptions):
        path = ("webhook_subscriptions", i)
        yield from _known((*path, "account"), subscription.account, webhooks, "channel account of channel webhook")
        for j, name in enumerate(subscription.events):
            if not names_of(name):
                yield Problem((*path, "events", j), f"there is no event or topic '{name}' to subscribe to")


def _known(path: Path, name: str, known: set[str], what: str) -> Iterator[Problem]:
    if name not in known:
        yield Problem(path, f"there is no {what} '{name}'")


def _once(path: Path, names: Sequence[object], *field: str) -> Iterator[Problem]:
    seen: set[object] = set()
    for i, name in enumerate(names):
        if name in seen:
            yield Problem((*path, i, *field), f"'{name}' is defined twice")
        seen.add(name)


def _skills(path: Path, owner: Agent | RoutingRule, config: TenantConfig) -> Iterator[Problem]:
    for skill in owner.skills:
        yield from _known((*path, "skills", skill), skill, set(config.skills), "skill")


def _accounts(accounts: Sequence[ChannelAccount]) -> Iterator[Problem]:
    seen: dict[tuple[str, str], str] = {}
    for i, account in enumerate(accounts):
        if account.external_id is None:
            continue
        first = seen.setdefault((account.channel, account.external_id), account.id)
        if first != account.id:
            yield Problem(("channel_accounts", i, "external_id"), f"the account '{first}' has this external_id already")


def _agents(config: TenantConfig) -> Iterator[Problem]:
    queues = {queue.id for queue in config.queues}
    for i, agent in enumerate(config.agents):
        for j, queue in enumerate(agent.queues):
            yield from _known(("agents", i, "queues", j), queue, queues, "queue")
        yield from _once(("agents", i, "queues"), agent.queues)
        yield from _skills(("agents", i), agent, config)


def _rules(config: TenantConfig) -> Iterator[Problem]:
    for i, rule in enumerate(config.rules):
        yield from routing_consistency.rule(("rules", i), rule, config)
        yield from _skills(("rules", i), rule, config)
    yield from _unreachable(("rules",), config.rules, "rule")


def _policies(config: TenantConfig) -> Iterator[Problem]:
    calendars = {calendar.id for calendar in config.calendars}
    webhooks = {account.id for account in config.channel_accounts if account.channel == "webhook"}
    for i, policy in enumerate(config.sla_policies):
        yield from _once(("sla_policies", i, "targets"), [target.metric for target in policy.targets], "metric")
        for j, target in enumerate(policy.targets):
            path = ("sla_policies", i, "targets", j)
            if target.calendar is not None:
                yield from _known((*path, "calendar"), target.calendar, calendars, "calendar")
            if list(target.warn_percent) != sorted(set(target.warn_percent)):
                yield Problem((*path, "warn_percent"), "list the percentages upwards, each once")
            yield from _warnings(path, target, {queue.id for queue in config.queues}, webhooks)
    yield from _unreachable(("sla_policies",), config.sla_policies, "policy")


def _warnings(path: Path, target: SlaTarget, queues: set[str], webhooks: set[str]) -> Iterator[Problem]:
    known: set[object] = set(target.warn_percent)
    for i, warning in enumerate(target.warnings):
        offset = warning.left if warning.percent is None else warning.percent
        if (warning.percent is None) == (warning.left is None):
            yield Problem((*path, "warnings", i), "write either 'percent' or 'left'")
        elif offset in known:
            yield Problem((*path, "warnings", i), "this offset is warned of already (warn_percent is 80 if left out)")
        known.add(offset)
        yield from _actions((*path, "warnings", i, "actions"), warning.actions, queues, webhooks)
    yield from _actions((*path, "on_breach"), target.on_breach, queues, webhooks)


def _actions(path: Path, actions: Sequence[SlaAction], queues: set[str], webhooks: set[str]) -> Iterator[Problem]:
    for i, action in enumerate(actions):
        if len(action.model_dump(exclude_none=True)) != 1:
            yield Problem((*path, i), "an action is one of raise_priority, move_queue, notify_supervisor, tag, webhook")
        if action.move_queue is not None:
            yield from _known((*path, i, "move_queue"), action.move_queue, queues, "queue")
        if action.webhook is not None:
            yield from _known((*path, i, "webhook"), action.webhook, webhooks, "channel account of channel webhook")


def _unreachable(path: Path, entries: Sequence[RoutingRule | SlaPolicy], what: str) -> Iterator[Problem]:
    """The first that is true wins, so nothing follows one that is always true, nor a condition its own copy."""
    seen: dict[str, str] = {}
    for i, entry in enumerate(entries):
        when = "true" if entry.when is None else entry.when.strip()
        winner = seen.get("true") or seen.get(when)
        if winner is not None:
            yield Problem((*path, i), f"this {what} is never reached: '{winner}' before it takes all that it could")
        seen.setdefault(when, entry.id)


def _calendar(path: Path, calendar: Calendar) -> Iterator[Problem]:
    if not _zone_exists(calendar.timezone):
        yield Problem((*path, "timezone"), f"there is no time zone '{calendar.timezone}'; write it as Asia/Tokyo")
    yield from _once((*path, "holidays"), calendar.holidays)
    spans: list[tuple[int, int, int]] = []
    for i, hours in enumerate(calendar.hours):
        if hours.opens == hours.until:
            yield Problem((*path, "hours", i), "opens and until are the same; a whole day is '00:00' until '24:00'")
        else:
            spans += [(start, end, i) for start, end in _minutes_of_week(hours)]
    for (_, end, _), (start, _, i) in pairwise(sorted(spans)):
        if start < end:
            yield Problem((*path, "hours", i), "these hours overlap others of this calendar")
    yield from _once((*path, "exceptions"), [one.day for one in calendar.exceptions], "day")
    for i, day in enumerate(calendar.exceptions):
        yield from _special_day((*path, "exceptions", i), day)


def _special_day(path: Path, day: SpecialDay) -> Iterator[Problem]:
    spans: list[tuple[int, int, int]] = []
    for i, hours in enumerate(day.hours):
        opens, until = _minute(hours.opens), _minute(hours.until)
        if opens == until:
            yield Problem((*path, "hours", i), "opens and until are the same; a whole day is '00:00' until '24:00'")
        spans.append((opens, until if until > opens else until + _DAY, i))
    for (_, end, _), (start, _, i) in pairwise(sorted(spans)):
        if start < end:
            yield Problem((*path, "hours", i), "these hours overlap others of this day")


def _minutes_of_week(hours: OpenHours) -> Iterator[tuple[int, int]]:
    opens, until = _minute(hours.opens), _minute(hours.until)
    for day in hours.days:
        start = _DAYS.index(day) * _DAY + opens
        end = start + (until - opens if until > opens else until - opens + _DAY)
        yield start, min(end, _WEEK)
        if end > _WEEK:
            yield 0, end - _WEEK


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _zone_exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
