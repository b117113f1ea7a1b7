"""A tenant's whole configuration: one record per revision on the compacted topic `config`.

`problems()` checks what one field cannot know of another; each problem carries the path of the field, so that the CLI can
name file and line.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator
from pydantic_core import ErrorDetails, PydanticCustomError

from contracts import consistency
from contracts.base import Instant
from contracts.config_bots import Bot as Bot
from contracts.config_part import ConfigPart as _Config
from contracts.config_part import WrittenText
from contracts.config_words import (
    ChannelClass,
    Closing,
    Grace,
    HolidayRegion,
    Language,
    Level,
    Name,
    OfferTimeout,
    Opening,
    PauseReason,
    Positive,
    Priority,
    PriorityKey,
    ReopenWithin,
    SecretRef,
    Units,
    Wait,
    Whole,
    WrapUp,
)
from contracts.consistency import Problem as Problem


class ChannelAccount(_Config):
    """One configured endpoint of a channel. `external_id` is the provider's id of it (LINE bot user id, WhatsApp phone_number_id)."""

    id: Name
    channel: Name
    external_id: str | None = None
    channel_class: ChannelClass = "messaging"
    secrets: dict[Name, Annotated[tuple[SecretRef, ...], Field(min_length=1, max_length=2)]] = Field(
        default={}, description="by the channel's names; two values while a secret is being rotated, the newer first"
    )
    options: dict[str, str] = {}
    enabled: bool = True


class Requirement(_Config):
    """A skill at a level or in a range, one of these agents, or others combined: exactly one field of these, up to 8 deep.

    Of a list of requirements all must be met.
    """

    skill: Name | None = None
    at_least: Level = 1
    at_most: Level = 10
    agents: tuple[Name, ...] = ()
    all_of: tuple["Requirement", ...] = ()
    any_of: tuple["Requirement", ...] = ()
    none_of: tuple["Requirement", ...] = ()


class RelaxationStep(_Config):
    """Holds until so long after queueing. One that `widens` adds to those before, whose agents come first; else it replaces them."""

    require: tuple[Requirement, ...] = ()
    until: Positive | None = Field(default=None, description="none = never relaxes; after the last end anyone may")
    widens: bool = False


class Preference(_Config):
    """How long to wait for an agent. An offline agent is never waited for."""

    wait: Wait = timedelta(0)
    respect_presence: bool = True
    respect_capacity: bool = True
    respect_skills: bool = True


class PreferredAgent(Preference):
    agent: Name


class QueueShare(_Config):
    queue: Name
    percent: Whole = Field(ge=0, le=100)


class _Overflow(_Config):
    """`queue` obeys that queue's own overflow; `fallback` is the tenant's last resort; `promise` and `end` tell the customer."""

    action: Literal["queue", "fallback", "promise", "end"]
    queue: Name | None = None
    message: Name | None = Field(default=None, description="of `texts`")


class OverflowBefore(_Overflow):
    """Before queueing, on the state of that instant. `over` counts items or is a length of time, as `when` says."""

    when: Literal["closed", "waiting", "oldest", "estimated_wait"]
    over_items: Whole | None = Field(default=None, ge=0, description="of waiting")
    over: Positive | None = Field(default=None, description="of oldest and estimated_wait")


class OverflowAfter(_Overflow):
    """While waiting; once."""

    after: Positive


class Capacity(_Config):
    """`units` is what an item takes of its own class, `also` of others; all need room. `interrupts` need room in their own only."""

    units: dict[ChannelClass, Units] = {}
    also: dict[ChannelClass, dict[ChannelClass, Units]] = {}
    exclusive: tuple[ChannelClass, ...] = Field(default=(), description="share an agent with no other class")
    interrupts: tuple[ChannelClass, ...] = ()


class Absence(_Config):
    """A lost heartbeat makes an agent offline after `grace`; voice and live work then waits again after `abandon_after`."""

    grace: Wait = timedelta(seconds=30)
    abandon_after: Wait = timedelta(minutes=1)
    return_after: Wait | None = Field(default=None, description="of other work; none = it stays")


class Queue(_Config):
    id: Name
    priority: Priority = Field(default=5, description="1 is served first")
    mode: Literal["auto_assign", "offer", "pick"] = "offer"
    offer_timeout: OfferTimeout = timedelta(seconds=30)
    max_declines_per_agent: Whole = Field(default=3, ge=1, le=100)
    max_declines: Whole = Field(default=100, ge=1, le=10_000)
    wrap_up: WrapUp = timedelta(0)
    assignment: Literal["longest_idle", "most_capacity", "round_robin", "least_active", "best_skill"] = "longest_idle"
    ageing_points_per_minute: float = Field(default=0.0, ge=0.0, le=100.0)
    ageing_by_segment: dict[str, Annotated[float, Field(ge=0.0, le=100.0)]] = Field(
        default={}, description="by the customer's tier, instead"
    )
    calendar: Name | None = Field(default=None, description="outside its hours nothing is given out")
    wrap_up_mode: Literal["none", "fixed", "until_ended"] = Field(
        default="fixed", description="until_ended waits for the agent, at most `wrap_up`, or an hour when that is zero"
    )
    presence_on_missed_offer: Literal["busy", "away", "offline"] | None = None
    overflow_before: tuple[OverflowBefore, ...] = ()
    overflow_after: tuple[OverflowAfter, ...] = ()
    park_after: Positive | None = Field(default=None, description="messaging customers silent so long cost no capacity")
    transfer_wait: Positive = Field(default=timedelta(minutes=1), description="how long for the agent transferred to")
    answer_within: Positive = Field(default=timedelta(seconds=20), description="what the service level counts")


class SlaAction(_Config):
    """What to do at a warning or a breach; exactly one field is set."""

    raise_priority: Priority | Literal["by_one"] | None = None
    move_queue: Name | None = None
    notify_supervisor: str | None = Field(default=None, min_length=1, description="whom, as the supervisors know it")
    tag: Name | None = None
    webhook: Name | None = Field(
        default=None, description="a channel account of channel webhook; it is sent the notice"
    )


class SlaWarning(_Config):
    """Exactly one of `percent` (of the target used) and `left` (business time left)."""

    percent: Annotated[int, Field(gt=0, lt=100)] | None = None
    left: Positive | None = None
    actions: tuple[SlaAction, ...] = ()


class SlaTarget(_Config):
    metric: Literal["first_response", "next_response", "periodic_update", "requester_wait", "agent_work", "resolution"]
    target: Positive
    by_priority: dict[PriorityKey, Positive] = {}
    warn_percent: tuple[Annotated[int, Field(gt=0, lt=100)], ...] = (80,)
    warnings: tuple[SlaWarning, ...] = Field(default=(), description="more offsets, each with what to do then")
    on_breach: tuple[SlaAction, ...] = ()
    calendar: Name | None = Field(
        default=None, description="business time of this calendar; none = the clock never stops"
    )


class ClosingThanks(_Config):
    """A message within `grace` of a resolve that is so short, or matches, restarts no clock."""

    grace: Grace = timedelta(minutes=15)
    max_characters: int = Field(default=40, ge=0, le=2000)
    matches: str | None = Field(
        default=None, min_length=1, description="a regular expression of RE2, as CEL's matches()"
    )
    reopens: bool = Field(
        default=True, description="false: the case stays resolved, the message only joins its history"
    )


class SlaPolicy(_Config):
    id: Name
    when: str | None = Field(default=None, description="CEL; none = always. The first policy that is true applies")
    targets: tuple[SlaTarget, ...] = Field(min_length=1)
    pause_on: tuple[PauseReason, ...] = Field(
        default=(), description="waiting_on_customer, on_hold, another pause's word, or tag:NAME; holds every target"
    )
    bot_answers: bool = Field(default=False, description="a bot's reply answers the customer")
    on_reopen: Literal["resume", "restart"] = "resume"
    closing_thanks: ClosingThanks = ClosingThanks()


class OpenHours(_Config):
    """`until` may be earlier than `opens` (past midnight) or `24:00`."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(min_length=1)
    opens: Opening
    until: Closing


class SpecialHours(_Config):
    opens: Opening
    until: Closing


class SpecialDay(_Config):
    """Replaces the hours of one date, a holiday's too; no hours = closed."""

    day: date
    hours: tuple[SpecialHours, ...] = ()


class Calendar(_Config):
    id: Name
    timezone: str = Field(description="IANA name, as Asia/Tokyo")
    hours: tuple[OpenHours, ...] = Field(min_length=1)
    holidays: tuple[date, ...] = ()
    holiday_regions: tuple[HolidayRegion, ...] = Field(
        default=(), description="as JP or GB-ENG; `madoguchi apply` writes their holidays into `holidays`"
    )
    exceptions: tuple[SpecialDay, ...] = ()


class RoutingRule(_Config):
    id: Name
    when: str = Field(description="CEL over message, customer, case, now")
    queue: Name | None = Field(default=None, description="or a split; none = the default queue")
    skills: dict[Name, Level] = {}
    priority: Priority | None = None
    split: tuple[QueueShare, ...] = Field(default=(), max_length=10, description="percentages that sum to 100")
    require: tuple[Requirement, ...] = ()
    relaxation: tuple[RelaxationStep, ...] = Field(default=(), description="instead of skills and require")
    sla_policy: Name | None = None
    last_agent: Preference | None = None
    preferred: tuple[PreferredAgent, ...] = Field(default=(), max_length=3)
    fallback: Name | None = Field(default=None, description="the queue after agents were waited for in vain")


class Agent(_Config):
    """An agent kept in files; others are put through the router's API."""

    id: Name
    name: str = Field(min_length=1)
    queues: tuple[Name, ...] = ()
    skills: dict[Name, Level] = {}
    capacity: dict[ChannelClass, Annotated[Whole, Field(ge=0, le=1000)]] = {"messaging": 3}


class Replies(_Config):
    """How replies travel. `expire_after` ends the attempts; `fallback` lets a reply leave by another linked channel."""

    expire_after: Positive = timedelta(hours=24)
    fallback: bool = True
    templates: dict[Name, str] = Field(
        default={},
        description="by channel, for closed reply windows: `name` or `name:language`, as the provider knows it",
    )


EventName = Annotated[str, StringConstraints(pattern=r"^([A-Z][A-Za-z]{2,60}|[a-z]+\.[a-z]+)$")]


class WebhookSubscription(_Config):
    """A system of yours that hears of events: by name (`MessageAdded`) or all of a topic (`case.events`).

    `account` is a channel account of channel webhook: its `url`, and its `signing_secret`, two while it is being rotated.
    """

    id: Name
    account: Name
    events: tuple[EventName, ...] = Field(min_length=1)
    enabled: bool = True


class TenantConfig(_Config):
    """Everything a tenant configures. `revision` counts up by one with every apply."""

    tenant: Name
    revision: int = Field(ge=1)
    applied_at: Instant
    language: Language = "en"
    default_queue: Name
    reopen_within: ReopenWithin = Field(
        default=timedelta(days=7), description="a resolved case takes a late message for so long"
    )
    channel_accounts: tuple[ChannelAccount, ...] = ()
    queues: tuple[Queue, ...] = Field(min_length=1)
    skills: tuple[Name, ...] = ()
    agents: tuple[Agent, ...] = ()
    calendars: tuple[Calendar, ...] = ()
    sla_policies: tuple[SlaPolicy, ...] = ()
    rules: tuple[RoutingRule, ...] = ()
    replies: Replies = Replies()
    webhook_subscriptions: tuple[WebhookSubscription, ...] = ()
    bots: tuple[Bot, ...] = ()
    texts: dict[Name, Annotated[dict[Language, WrittenText], Field(min_length=1)]] = Field(
        default={}, description="what customers are told by the house itself, by name and language"
    )
    fallback_queue: Name | None = Field(
        default=None, description="takes what overflows to it; none = the default queue"
    )
    presences: dict[Name, Literal["available", "busy", "away", "offline"]] = Field(
        default={}, description="names of your own"
    )
    capacity: Capacity = Capacity()
    absence: Absence = Absence()
    reopened_keeps_age: bool = Field(default=True, description="returning customers wait where they left off")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if found := list(self.problems()):
            summary = "; ".join(f"{'.'.join(map(str, p.path))}: {p.sentence}" for p in found)
            raise PydanticCustomError("inconsistent", "{summary}", {"summary": summary, "problems": found})
        return self

    def problems(self) -> Iterator[Problem]:
        """What one field cannot know of another: see `consistency`."""
        return consistency.problems(self)


def problems_of(error: ValidationError) -> list[Problem]:
    """Every problem behind a failed `TenantConfig.model_validate`, each with its own path."""
    details = error.errors(include_input=False, include_url=False)
    return [problem for detail in details if not _follows(detail, details) for problem in _problems(detail)]


def _follows(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """A list is too short only because its one entry is wrong: the entry's own problem says enough."""
    loc = detail["loc"]
    return detail["type"] == "too_short" and any(one["loc"][: len(loc)] == loc != one["loc"] for one in details)


def _problems(detail: ErrorDetails) -> list[Problem]:
    context = detail.get("ctx", {})
    if detail["type"] == "inconsistent":
        return list(context["problems"])
    limits = [f"must be {words} {context[key]}" for key, words in _LIMITS.items() if key in context]
    sentence = _SENTENCES.get(detail["type"]) or " and ".join(limits) or detail["msg"]
    return [Problem(tuple(part for part in detail["loc"] if part != "[key]"), sentence)]


_LIMITS = {"gt": "more than", "ge": "at least", "lt": "less than", "le": "at most"}
_SENTENCES = {
    "missing": "this field is required",
    "extra_forbidden": "there is no field of this name",
    "too_short": "at least one is needed",
}
