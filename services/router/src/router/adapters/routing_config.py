"""A tenant's configuration as the engine wants it."""

import hashlib
import logging
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Final, Protocol

from contracts import config as contract
from contracts.base import Contract
from router.adapters import routing_policies as policies
from router.adapters.compile_rules import Compiler
from router.domain import commands, config
from router.domain.calendar import BusinessCalendar, CalendarConfig, CalendarError, Hours
from router.domain.model import AssignmentMethod, ChannelClass, MetricName, Presence, QueueMode, SkillNeed
from router.domain.policies import WrapUp
from router.domain.sla_config import ClosingThanks, OnReopen, SlaAction, SlaActionKind
from router.handlers.ports import GroupConfig, Part, Parts
from runtime.patterns import lenient_pattern

_log = logging.getLogger(__name__)
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MILLISECOND: Final = timedelta(milliseconds=1)


class Feed(Protocol):
    def tenant(self, tenant: str) -> contract.TenantConfig | None: ...


class FeedConfigs:
    """Compiles each revision when it is first asked for. One that can't be routed by is logged and passed over."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._unusable: dict[str, int] = {}

    def knows(self, tenant: str) -> bool:
        found = self._feed.tenant(tenant)
        return found is not None and self._unusable.get(tenant) != found.revision

    def has_newer(self, tenant: str, than: int) -> bool:
        found = self._feed.tenant(tenant)
        return found is not None and found.revision > than and self._unusable.get(tenant) != found.revision

    def newer(self, tenant: str, than: int, known: Parts) -> GroupConfig | None:
        found = self._feed.tenant(tenant)
        if found is None or not self.has_newer(tenant, than):
            return None
        try:
            return group_config(found, known)
        except (config.RoutingConfigError, CalendarError) as error:
            self._unusable[tenant] = found.revision
            _log.error(  # the sentence says it all
                "configuration can't be used", extra={"tenant": tenant, "code": "config_unusable", "reason": str(error)}
            )
            return None


def group_config(tenant: contract.TenantConfig, known: Parts) -> GroupConfig:
    """Raises RoutingConfigError or CalendarError."""
    parts = _parts(tenant, known)
    compiler = Compiler()
    routing = config.RoutingConfig(
        revision=tenant.revision,
        queues={queue.id: _queue(queue) for queue in tenant.queues},
        default_queue=tenant.default_queue,
        rules=tuple(_rule(rule, compiler) for rule in tenant.rules),
        sla_policies=tuple(_policy(policy, parts, compiler) for policy in tenant.sla_policies),
        calendars={calendar.id: _calendar(calendar, parts) for calendar in tenant.calendars},
        presences={name: Presence(presence) for name, presence in tenant.presences.items()},
        channel_units={ChannelClass(name): units for name, units in tenant.capacity.units.items()},
        reopened_keeps_age=tenant.reopened_keeps_age,
        fallback_queue=tenant.fallback_queue,
        capacity=policies.capacity(tenant.capacity),
        absence=policies.absence(tenant.absence),
        skills=frozenset(tenant.skills),
    )
    config.require_valid(routing)
    return GroupConfig(
        routing=routing,
        revision=tenant.revision,
        parts=parts,
        agents=tuple(map(_agent, tenant.agents)),
        channel_classes={account.id: ChannelClass(account.channel_class) for account in tenant.channel_accounts},
    )


def _parts(tenant: contract.TenantConfig, known: Parts) -> dict[str, Part]:
    """A part keeps its revision while it says the same, so that only what changed moves deadlines."""
    named: dict[str, Contract] = {f"calendar/{calendar.id}": calendar for calendar in tenant.calendars}
    named |= {f"sla_policy/{policy.id}": policy for policy in tenant.sla_policies}
    parts: dict[str, Part] = {}
    for name, part in named.items():
        digest = hashlib.sha256(_said_by(part).encode()).hexdigest()
        before = known.get(name)
        parts[name] = before if before is not None and before.digest == digest else Part(digest, tenant.revision)
    return parts


def _said_by(part: Contract) -> str:
    """Without defaults, so that a new field changes no digest; and where holidays came from moves no deadline, only they do."""
    return part.model_dump_json(exclude_defaults=True, exclude={"holiday_regions"})


def _queue(queue: contract.Queue) -> config.QueueConfig:
    return config.QueueConfig(
        name=queue.id,
        priority=queue.priority,
        mode=QueueMode(queue.mode),
        offer_timeout_ms=_ms(queue.offer_timeout),
        max_declines_per_agent=queue.max_declines_per_agent,
        max_declines=queue.max_declines,
        wrap_up_ms=_ms(queue.wrap_up),
        method=AssignmentMethod(queue.assignment),
        ageing_points_per_minute=queue.ageing_points_per_minute,
        presence_on_missed_offer=_presence(queue.presence_on_missed_offer),
        ageing_by_segment=dict(queue.ageing_by_segment),
        calendar=queue.calendar,
        wrap_up=WrapUp(queue.wrap_up_mode),
        overflow_before=policies.overflow_before(queue),
        overflow_after=policies.overflow_after(queue),
        park_after_ms=None if queue.park_after is None else _ms(queue.park_after),
        transfer_wait_ms=_ms(queue.transfer_wait),
        answer_within_ms=_ms(queue.answer_within),
    )


def _presence(name: str | None) -> Presence | None:
    return None if name is None else Presence(name)


def _rule(rule: contract.RoutingRule, compiler: Compiler) -> config.Rule:
    return config.Rule(
        name=rule.id,
        condition=compiler.condition(rule.when),
        queue=rule.queue,
        skills=(
            *(SkillNeed(name, level) for name, level in sorted(rule.skills.items())),
            *policies.requirements(rule.require),
        ),
        priority=rule.priority,
        split=policies.split(rule),
        relaxation=policies.relaxation(rule),
        sla_policy=rule.sla_policy,
        last_agent=None if rule.last_agent is None else policies.preference(rule.last_agent),
        preferred=policies.preferred(rule),
        preferred_agents=policies.asked_first(rule),
        fallback=rule.fallback,
    )


def _policy(policy: contract.SlaPolicy, parts: Parts, compiler: Compiler) -> config.SlaPolicy:
    return config.SlaPolicy(
        name=policy.id,
        revision=parts[f"sla_policy/{policy.id}"].revision,
        metrics=tuple(_metric(target, policy.pause_on) for target in policy.targets),
        condition=None if policy.when is None else compiler.condition(policy.when),
        bot_reply_counts=policy.bot_answers,
        on_reopen=OnReopen(policy.on_reopen),
        closing_thanks=_thanks(policy.closing_thanks),
    )


def _thanks(thanks: contract.ClosingThanks) -> ClosingThanks:
    matches = None if thanks.matches is None else lenient_pattern(thanks.matches)
    return ClosingThanks(_ms(thanks.grace), thanks.max_characters, matches)


def _metric(target: contract.SlaTarget, pause_on: Iterable[str]) -> config.SlaMetric:
    warnings = (config.Warn(one.percent, _ms_or_none(one.left), _actions(one.actions)) for one in target.warnings)
    return config.SlaMetric(
        metric=MetricName(target.metric),
        target_ms=_ms(target.target),
        target_ms_by_priority={priority: _ms(length) for priority, length in target.by_priority.items()},
        warns=(*(config.Warn(percent=percent) for percent in target.warn_percent), *warnings),
        calendar=target.calendar,
        pause_on=frozenset(pause_on),
        on_breach=_actions(target.on_breach),
    )


def _actions(actions: Iterable[contract.SlaAction]) -> tuple[SlaAction, ...]:
    return tuple(_action(*told) for action in actions for told in action.model_dump(exclude_none=True).items())


def _action(kind: str, value: str | int) -> SlaAction:
    return SlaAction(SlaActionKind(kind), "" if value == "by_one" else str(value))


def _calendar(calendar: contract.Calendar, parts: Parts) -> BusinessCalendar:
    return BusinessCalendar(
        CalendarConfig(
            name=calendar.id,
            revision=parts[f"calendar/{calendar.id}"].revision,
            zone=calendar.timezone,
            weekly=_weekly(calendar.hours),
            holidays=frozenset(calendar.holidays),
            exceptions={special.day: tuple(map(_hours, special.hours)) for special in calendar.exceptions},
        )
    )


def _weekly(hours: Iterable[contract.OpenHours]) -> Mapping[int, tuple[Hours, ...]]:
    weekly: dict[int, tuple[Hours, ...]] = {}
    for span in hours:
        for day in span.days:
            weekday = _DAYS.index(day)
            weekly[weekday] = (*weekly.get(weekday, ()), _hours(span))
    return weekly


def _hours(span: contract.OpenHours | contract.SpecialHours) -> Hours:
    return Hours(_minutes(span.opens), _minutes(span.until))


def _agent(agent: contract.Agent) -> commands.ConfigureAgent:
    capacity = {ChannelClass(name): units for name, units in agent.capacity.items()}
    return commands.ConfigureAgent(agent.id, agent.name, agent.queues, dict(agent.skills), capacity)


def _minutes(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _ms_or_none(length: timedelta | None) -> int | None:
    return None if length is None else _ms(length)


def _ms(length: timedelta) -> int:
    return length // _MILLISECOND
