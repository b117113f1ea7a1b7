"""A tenant's whole configuration: one record per revision on the compacted topic `config`.

`problems()` checks what one field cannot know of another; each problem carries the path of the field, so that the CLI can
name file and line.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from contracts.base import Contract, Instant

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
SecretRef = Annotated[str, StringConstraints(pattern=r"^(file|env):.+$")]
ChannelClass = Literal["voice", "live", "messaging", "async", "task"]


class Problem(NamedTuple):
    """`path` walks into the bundle: ("queues", 2, "sla")."""

    path: tuple[str | int, ...]
    sentence: str


class _Config(Contract):
    """Written by people, so a field that nobody knows is a mistake here, not a newer version."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="iso8601")


class ChannelAccount(_Config):
    """One configured endpoint of a channel. `external_id` is the provider's id of it (LINE bot user id, WhatsApp phone_number_id)."""

    id: Name
    channel: Name
    external_id: str | None = None
    channel_class: ChannelClass = "messaging"
    secrets: dict[str, tuple[SecretRef, ...]] = Field(
        default={}, description="by the channel's names; two values while a secret is being rotated, the newer first"
    )
    options: dict[str, str] = {}
    enabled: bool = True


class Queue(_Config):
    id: Name
    priority: int = Field(default=5, ge=1, le=9, description="1 is served first")
    mode: Literal["auto_assign", "offer", "pick"] = "offer"
    offer_timeout: timedelta = Field(default=timedelta(seconds=30), gt=timedelta(0), le=timedelta(hours=1))
    max_declines_per_agent: int = Field(default=3, ge=1, le=100)
    max_declines: int = Field(default=100, ge=1, le=10_000)
    wrap_up: timedelta = Field(default=timedelta(0), ge=timedelta(0), le=timedelta(hours=1))
    assignment: Literal["longest_idle", "most_capacity", "round_robin", "least_active", "best_skill"] = "longest_idle"
    ageing_points_per_minute: float = Field(default=0.0, ge=0.0, le=100.0)


class SlaTarget(_Config):
    metric: Literal["first_response", "next_response", "resolution"]
    target: timedelta = Field(gt=timedelta(0))
    by_priority: dict[int, timedelta] = {}
    warn_percent: tuple[Annotated[int, Field(gt=0, lt=100)], ...] = (80,)
    calendar: Name | None = Field(
        default=None, description="business time of this calendar; none = the clock never stops"
    )


class SlaPolicy(_Config):
    id: Name
    when: str | None = Field(default=None, description="CEL; none = always. The first policy that is true applies")
    targets: tuple[SlaTarget, ...] = Field(min_length=1)


class OpenHours(_Config):
    """`until` may be earlier than `opens` (past midnight) or `24:00`."""

    days: tuple[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], ...] = Field(min_length=1)
    opens: Annotated[str, StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
    until: Annotated[str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class Calendar(_Config):
    id: Name
    timezone: str
    hours: tuple[OpenHours, ...] = Field(min_length=1)
    holidays: tuple[date, ...] = ()


class RoutingRule(_Config):
    id: Name
    when: str = Field(description="CEL over message, customer, case, now")
    queue: Name
    skills: dict[Name, Annotated[int, Field(ge=1, le=10)]] = {}
    priority: int | None = Field(default=None, ge=1, le=9)


class Agent(_Config):
    """An agent kept in files; others are put through the router's API."""

    id: Name
    name: str
    queues: tuple[Name, ...] = ()
    skills: dict[Name, Annotated[int, Field(ge=1, le=10)]] = {}
    capacity: dict[ChannelClass, Annotated[int, Field(ge=0, le=1000)]] = {"messaging": 3}


class Replies(_Config):
    """How replies travel. `expire_after` ends the attempts; `fallback` lets a reply leave by another linked channel."""

    expire_after: timedelta = timedelta(hours=24)
    fallback: bool = True
    whatsapp_template: str | None = None


class TenantConfig(_Config):
    """Everything a tenant configures. `revision` counts up by one with every apply."""

    tenant: Name
    revision: int = Field(ge=1)
    applied_at: Instant
    language: str = "en"
    default_queue: Name
    reopen_within: timedelta = Field(
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

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        found = list(self.problems())
        if found:
            raise ValueError("; ".join(f"{'.'.join(map(str, p.path))}: {p.sentence}" for p in found))
        return self

    def problems(self) -> Iterator[Problem]:
        """Names used but not defined, and names defined twice."""
        queues = {queue.id for queue in self.queues}
        calendars = {calendar.id for calendar in self.calendars}
        if self.default_queue not in queues:
            yield Problem(("default_queue",), f"there is no queue '{self.default_queue}'")
        for i, rule in enumerate(self.rules):
            yield from self._reference(("rules", i, "queue"), rule.queue, queues, "queue")
            yield from self._skills(("rules", i, "skills"), rule.skills)
        for i, agent in enumerate(self.agents):
            for j, queue in enumerate(agent.queues):
                yield from self._reference(("agents", i, "queues", j), queue, queues, "queue")
            yield from self._skills(("agents", i, "skills"), agent.skills)
        for i, policy in enumerate(self.sla_policies):
            for j, target in enumerate(policy.targets):
                if target.calendar is not None:
                    yield from self._reference(
                        ("sla_policies", i, "targets", j, "calendar"), target.calendar, calendars, "calendar"
                    )
        yield from self._repeated()

    def _skills(self, path: tuple[str | int, ...], skills: dict[str, int]) -> Iterator[Problem]:
        for skill in skills:
            yield from self._reference((*path, skill), skill, set(self.skills), "skill")

    @staticmethod
    def _reference(path: tuple[str | int, ...], name: str, known: set[str], what: str) -> Iterator[Problem]:
        if name not in known:
            yield Problem(path, f"there is no {what} '{name}'")

    def _repeated(self) -> Iterator[Problem]:
        for part in ("channel_accounts", "queues", "agents", "calendars", "sla_policies", "rules"):
            seen: set[str] = set()
            for i, entry in enumerate(getattr(self, part)):
                if entry.id in seen:
                    yield Problem((part, i, "id"), f"'{entry.id}' is defined twice")
                seen.add(entry.id)
