"""Queues and rules as people write them, in the engine's words."""

from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import ValidationError

from contracts.config import TenantConfig, problems_of
from router.adapters.routing_config import group_config
from router.domain.model import ChannelClass, Presence
from router.domain.policies import (
    CapacityPolicy,
    Overflow,
    OverflowAction,
    OverflowAfter,
    OverflowBefore,
    OverflowWhen,
    Preference,
    PreferredAgent,
    RelaxationStep,
)
from router.domain.requirements import AllOf, AnyOf, NoneOf, OneOfAgents, Requirement, SkillNeed, in_words


def tenant(queue: dict[str, Any] | None = None, rule: dict[str, Any] | None = None, **changes: Any) -> TenantConfig:
    stated: dict[str, Any] = {
        "tenant": "acme",
        "revision": 1,
        "applied_at": datetime(2026, 11, 21, tzinfo=UTC),
        "default_queue": "main",
        "queues": [{"id": "main", **(queue or {})}, {"id": "sales"}],
        "skills": ["billing", "french"],
        "rules": [{"id": "all", "when": "true", **(rule or {})}],
        "texts": {"callback": {"en": "We will call you back."}},
    }
    return TenantConfig.model_validate(stated | changes)


def test_overflow_of_a_queue() -> None:
    queue = {
        "overflow_before": [{"when": "waiting", "over_items": 5, "action": "queue", "queue": "sales"}],
        "overflow_after": [{"after": "PT2M", "action": "promise", "message": "callback"}],
        "presence_on_missed_offer": "away",
        "park_after": "PT10M",
    }
    made = group_config(tenant(queue), {}).routing.queues["main"]
    to_sales = Overflow(OverflowAction.QUEUE, "sales")
    assert made.overflow_before == (OverflowBefore(OverflowWhen.WAITING_OVER, to_sales, 5),)
    assert made.overflow_after == (OverflowAfter(120_000, Overflow(OverflowAction.PROMISE, None, "callback")),)
    assert (made.presence_on_missed_offer, made.park_after_ms) == (Presence.AWAY, 600_000)


def test_relaxation_and_preferred_agents_of_a_rule() -> None:
    rule = {
        "relaxation": [
            {"require": [{"skill": "billing", "at_least": 7}], "until": "PT30S"},
            {"require": [{"any_of": [{"skill": "french"}, {"agents": ["aoi"]}]}], "until": "PT1M", "widens": True},
            {"require": [{"none_of": [{"skill": "french", "at_most": 3}]}]},
        ],
        "last_agent": {"wait": "PT20S", "respect_capacity": False},
        "preferred": [{"agent": "ben"}, {"agent": "chie", "wait": "PT5S"}],
        "fallback": "sales",
    }
    made = group_config(tenant(rule=rule), {}).routing.rules[0]
    assert made.relaxation == (
        RelaxationStep((SkillNeed("billing", 7),), 30_000),
        RelaxationStep((AnyOf((SkillNeed("french"), OneOfAgents(("aoi",)))),), 60_000, widens=True),
        RelaxationStep((NoneOf((SkillNeed("french", 1, 3),)),)),
    )
    assert made.last_agent == Preference(20_000, respects_capacity=False)
    assert made.preferred == (PreferredAgent("ben"), PreferredAgent("chie", Preference(5_000)))
    assert (made.preferred_agents, made.fallback) == (("ben",), "sales")


def test_capacity_and_presences_of_a_tenant() -> None:
    capacity = {"units": {"live": 2}, "also": {"live": {"messaging": 1}}, "exclusive": ["voice"]}
    made = group_config(tenant(capacity=capacity, presences={"lunch": "away"}), {}).routing
    voice = frozenset({ChannelClass.VOICE})
    assert made.capacity == CapacityPolicy({ChannelClass.LIVE: {ChannelClass.MESSAGING: 1}}, voice)
    assert (made.units(ChannelClass.LIVE), made.presences) == (2, {"lunch": Presence.AWAY})


def nested(depth: int) -> dict[str, Any]:
    return {"skill": "french"} if depth == 1 else {"all_of": [nested(depth - 1)]}


def test_requirements_combine_and_or_not_eight_deep() -> None:
    either = {
        "any_of": [{"none_of": [{"skill": "french", "at_least": 5}]}, {"all_of": [nested(5), {"agents": ["aoi"]}]}]
    }
    made = group_config(tenant(rule={"require": [either]}), {}).routing.rules[0]
    french: Requirement = SkillNeed("french")
    for _ in range(4):
        french = AllOf((french,))
    not_fluent = NoneOf((SkillNeed("french", 5),))
    assert made.skills == (AnyOf((not_fluent, AllOf((french, OneOfAgents(("aoi",)))))),)
    assert in_words(made.skills).startswith("any of (none of (french 5 or more), all of (all of (")


@pytest.mark.parametrize(
    "back", [{"action": "queue", "queue": "main"}, {"action": "fallback"}], ids=["queue", "fallback"]
)
def test_circular_overflow_is_refused_at_each_of_its_actions(back: dict[str, str]) -> None:
    """Conditions that can't hold together make no difference."""
    onward = {"overflow_before": [{"when": "waiting", "over_items": 3, "action": "fallback"}]}
    sales = {"id": "sales", "overflow_after": [{"after": "PT1M", "action": "queue", "queue": "late"}]}
    late = {"id": "late", "overflow_after": [{"after": "PT1M", "action": "promise", "message": "callback"}]}
    queues = [{"id": "main", **onward}, sales, late]
    tenant(queues=queues, fallback_queue="sales")
    late["overflow_after"] = [{"after": "PT1M", **back}]
    with pytest.raises(ValidationError) as refused:
        tenant(queues=queues, fallback_queue="sales")
    found = {".".join(map(str, one.path)): one.sentence for one in problems_of(refused.value)}
    ways = {"queue": ("main → sales → late → main", 0), "fallback": ("sales → late → sales", 1)}
    way, first = ways[back["action"]]
    assert "queues.2.overflow_after.0" in found
    assert found[f"queues.{first}.overflow_{'after' if first else 'before'}.0"] == f"circular overflow: {way}"


@pytest.mark.parametrize(
    ("queue", "rule", "path", "sentence"),
    [
        (
            {"overflow_before": [{"when": "closed", "action": "fallback"}]},
            {},
            "queues.0.overflow_before.0.when",
            "never",
        ),
        ({"overflow_after": [{"after": "PT1M", "action": "end"}]}, {}, "queues.0.overflow_after.0.message", "tell"),
        (
            {"overflow_after": [{"after": "PT1M", "action": "queue", "queue": "main"}]},
            {},
            "queues.0.overflow_after.0",
            "circular overflow: main → main",
        ),
        (
            {"overflow_before": [{"when": "waiting", "over_items": 5, "action": "fallback"}]},
            {},
            "queues.0.overflow_before.0",
            "circular overflow: main → main",
        ),
        ({"calendar": "moon"}, {}, "queues.0.calendar", "no calendar 'moon'"),
        ({}, {"split": [{"queue": "main", "percent": 90}]}, "rules.0.split", "add up to 100, not 90"),
        ({}, {"split": [{"queue": "moon", "percent": 100}]}, "rules.0.split.0.queue", "no queue 'moon'"),
        ({}, {"require": [{"skill": "moon"}]}, "rules.0.require.0.skill", "no skill 'moon'"),
        ({}, {"require": [{}]}, "rules.0.require.0", "exactly one"),
        ({}, {"require": [{"any_of": [{}]}]}, "rules.0.require.0.any_of.0", "exactly one"),
        ({}, {"require": [nested(9)]}, f"rules.0.require.0{'.all_of.0' * 8}", "at most 8 deep"),
        ({}, {"skills": {"french": 1}, "relaxation": [{}]}, "rules.0.relaxation", "leave out skills"),
        ({}, {"relaxation": [{}, {}]}, "rules.0.relaxation.0.until", "only the last"),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_place(queue: Any, rule: Any, path: str, sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        tenant(queue, rule)
    found = {".".join(map(str, problem.path)): problem.sentence for problem in problems_of(refused.value)}
    assert sentence in found[path]
