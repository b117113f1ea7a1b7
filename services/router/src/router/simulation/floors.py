"""Random configurations in which everything that routing knows is used now and then."""

from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

from router.domain.calendar import BusinessCalendar, CalendarConfig, Hours
from router.domain.config import (
    Condition,
    QueueConfig,
    QueueShare,
    RoutingConfig,
    Rule,
    SlaMetric,
    SlaPolicy,
    Warn,
)
from router.domain.model import AssignmentMethod, ChannelClass, MetricName, Presence, QueueMode
from router.domain.policies import (
    AbsencePolicy,
    CapacityPolicy,
    Overflow,
    OverflowAction,
    OverflowAfter,
    OverflowBefore,
    OverflowWhen,
    Preference,
    PreferredAgent,
    RelaxationStep,
    WrapUp,
)
from router.domain.requirements import AnyOf, NoneOf, OneOfAgents, SkillNeed
from router.domain.sla_config import SlaAction, SlaActionKind

SECOND, MINUTE = 1_000, 60_000
QUEUES = ("overnight", "returns", "sales", "support", "walk-in")
SKILLS = ("billing", "japanese")
AGENTS = tuple(f"agent-{number}" for number in range(8))
CLASSES = (ChannelClass.VOICE, ChannelClass.LIVE, ChannelClass.MESSAGING, ChannelClass.ASYNC)
TIERS = ("vip", "many", "choosy", "ringed", "loyal", "known", "none")


def a_config(seed: int, revision: int) -> RoutingConfig:
    dice = Random(seed)  # noqa: S311 (a simulation, not a secret)
    names = tuple(name for name in QUEUES if name == "support" or dice.random() < 0.9)
    return RoutingConfig(
        revision=revision,
        queues={name: a_queue(dice, name, names) for name in names},
        default_queue="support",
        rules=some_rules(dice, names),
        sla_policies=(a_policy(dice),),
        calendars={"shop": a_calendar(dice.randrange(1, 4))},
        presences={"lunch": Presence.AWAY, "training": Presence.BUSY},
        channel_units={ChannelClass.LIVE: dice.choice([1, 1, 2])},
        reopened_keeps_age=dice.random() < 0.7,
        fallback_queue=names[-1],
        capacity=a_capacity(dice),
        absence=AbsencePolicy(20 * SECOND, 30 * SECOND, dice.choice([None, 2 * MINUTE])),
    )


@cache
def a_calendar(revision: int) -> BusinessCalendar:
    hours = tuple(Hours(180 * turn, 180 * turn + 40 * revision) for turn in range(8))
    return BusinessCalendar(CalendarConfig("shop", revision, "Asia/Tokyo", dict.fromkeys(range(7), hours)))


def a_capacity(dice: Random) -> CapacityPolicy:
    voice = frozenset({ChannelClass.VOICE})
    also = {ChannelClass.LIVE: {ChannelClass.MESSAGING: 1}} if dice.random() < 0.5 else {}
    return CapacityPolicy(also, dice.choice([frozenset(), voice]), dice.choice([frozenset(), voice]))


def a_queue(dice: Random, name: str, names: tuple[str, ...]) -> QueueConfig:
    wrap_up = dice.choice(list(WrapUp))
    return QueueConfig(
        name,
        dice.randrange(1, 4),
        QueueMode.PICK if name == "walk-in" else dice.choice([QueueMode.OFFER, QueueMode.AUTO_ASSIGN]),
        max_declines=dice.choice([4, 100]),
        wrap_up_ms=0 if wrap_up is WrapUp.NONE else dice.choice([0, 20 * SECOND]),
        method=dice.choice(list(AssignmentMethod)),
        ageing_points_per_minute=dice.choice([0.0, 0.5]),
        presence_on_missed_offer=dice.choice([None, None, Presence.AWAY]),
        ageing_by_segment=dice.choice([{}, {"vip": 2.0}]),
        calendar="shop" if name == "overnight" else None,
        wrap_up=wrap_up,
        overflow_before=some_before(dice, name, names),
        overflow_after=some_after(dice, name, names),
        park_after_ms=dice.choice([None, 40 * SECOND]),
        transfer_wait_ms=15 * SECOND,
    )


def some_before(dice: Random, name: str, names: tuple[str, ...]) -> tuple[OverflowBefore, ...]:
    when = dice.choice([OverflowWhen.WAITING_OVER, OverflowWhen.OLDEST_OVER, OverflowWhen.ESTIMATED_OVER])
    limit = 6 if when is OverflowWhen.WAITING_OVER else 3 * MINUTE
    found = [OverflowBefore(when, an_overflow(dice, name, names), limit)] if dice.random() < 0.6 else []
    if name == "overnight" and dice.random() < 0.5:
        found.insert(0, OverflowBefore(OverflowWhen.CLOSED, an_overflow(dice, name, names)))
    return tuple(found)


def some_after(dice: Random, name: str, names: tuple[str, ...]) -> tuple[OverflowAfter, ...]:
    waits = sorted(dice.sample([20 * SECOND, MINUTE, 3 * MINUTE, 8 * MINUTE], dice.choice([0, 0, 1, 2])))
    return tuple(OverflowAfter(wait, an_overflow(dice, name, names)) for wait in waits)


def an_overflow(dice: Random, name: str, names: tuple[str, ...]) -> Overflow:
    """Only to later queues, so that nothing goes in a circle."""
    later = names[names.index(name) + 1 :]
    action = dice.choice([*OverflowAction, OverflowAction.PROMISE] if later else [OverflowAction.PROMISE])
    told = "sorry" if action in (OverflowAction.PROMISE, OverflowAction.END) else None
    return Overflow(action, dice.choice(later) if action is OverflowAction.QUEUE else None, told)


def some_rules(dice: Random, names: tuple[str, ...]) -> tuple[Rule, ...]:
    choosy = (
        RelaxationStep((SkillNeed("billing", 8),), 10 * SECOND),
        RelaxationStep((AnyOf((SkillNeed("billing", 4), SkillNeed("japanese", 9))),), 40 * SECOND),
        *([RelaxationStep((SkillNeed("billing"),))] if dice.random() < 0.5 else []),
    )
    ringed = (
        RelaxationStep((OneOfAgents(AGENTS[:2]),), 8 * SECOND),
        RelaxationStep((OneOfAgents(AGENTS[2:5]),), 20 * SECOND, widens=True),
        RelaxationStep((NoneOf((OneOfAgents(AGENTS[5:]),)),), 60 * SECOND, widens=True),
    )
    preferred = tuple(PreferredAgent(agent_id, a_preference(dice)) for agent_id in dice.sample(AGENTS, 3))
    split = (QueueShare(names[0], 100 - 10 * (len(names) - 1)), *(QueueShare(name, 10) for name in names[1:]))
    return (
        Rule("fails", lambda context: bool(context["nothing"])),
        Rule("vip", tier("vip"), queue=names[0], priority=1),
        Rule("shared", tier("many"), split=split),
        Rule("choosy", tier("choosy"), queue="support", relaxation=choosy),
        Rule("ringed", tier("ringed"), relaxation=ringed),
        Rule("loyal", tier("loyal"), last_agent=a_preference(dice), fallback=dice.choice([None, names[-1]])),
        Rule("known", tier("known"), preferred=preferred, skills=(SkillNeed("japanese", 1, 6),)),
    )


def tier(name: str) -> Condition:
    def has_tier(context: Mapping[str, Any]) -> bool:
        return bool(context["customer"]["tier"] == name)

    return has_tier


def a_preference(dice: Random) -> Preference:
    flags = [dice.random() < 0.8 for _ in range(3)]
    return Preference(dice.choice([0, 5 * SECOND, 20 * SECOND]), *flags)


def a_policy(dice: Random) -> SlaPolicy:
    raised, moved = (SlaAction(SlaActionKind.RAISE_PRIORITY),), (SlaAction(SlaActionKind.MOVE_QUEUE, "support"),)
    warns = (Warn(percent=50, actions=raised), Warn(left_ms=20 * SECOND))
    return SlaPolicy(
        "standard",
        dice.randrange(1, 3),
        (
            SlaMetric(MetricName.FIRST_RESPONSE, dice.choice([1, 5]) * MINUTE, warns=warns),
            SlaMetric(MetricName.NEXT_RESPONSE, 2 * MINUTE, warns=(Warn(percent=80),), on_breach=moved),
            SlaMetric(
                MetricName.RESOLUTION,
                10 * MINUTE,
                {1: 3 * MINUTE},
                (Warn(percent=80),),
                calendar=dice.choice(["shop", None]),
                pause_on=frozenset({"waiting_on_customer", "on_hold"}),
            ),
        ),
    )
