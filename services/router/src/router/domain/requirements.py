"""What work asks of an agent: skills at a level, named agents, and both combined with and, or, not."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

MAX_SKILL_LEVEL = 10


class SkillNeed(NamedTuple):
    """A level from `level` to `at_most`."""

    name: str
    level: int = 1
    at_most: int = MAX_SKILL_LEVEL


@dataclass(frozen=True, slots=True)
class OneOfAgents:
    agents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AllOf:
    of: tuple["Requirement", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    of: tuple["Requirement", ...]


@dataclass(frozen=True, slots=True)
class NoneOf:
    of: tuple["Requirement", ...]


Requirement = SkillNeed | OneOfAgents | AllOf | AnyOf | NoneOf


class Step(NamedTuple):
    """Whom waiting work accepts until `until_ms` after it began to wait; without an end for ever.

    A step for one agent waits for that agent only, and says what of the agent's presence, capacity and skills is respected.
    """

    skills: tuple[Requirement, ...]
    until_ms: int | None = None
    widens: bool = False
    agent_id: str | None = None
    respects_presence: bool = True
    respects_capacity: bool = True
    respects_skills: bool = True


def meets(agent_id: str, skills: Mapping[str, int], requirement: Requirement) -> bool:
    match requirement:
        case SkillNeed(name, level, at_most):
            return level <= skills.get(name, 0) <= at_most
        case OneOfAgents(agents):
            return agent_id in agents
        case AllOf(of):
            return all(meets(agent_id, skills, part) for part in of)
        case AnyOf(of):
            return any(meets(agent_id, skills, part) for part in of)
        case NoneOf(of):
            return not any(meets(agent_id, skills, part) for part in of)


def proficiency(skills: Mapping[str, int], required: Iterable[Requirement]) -> int:
    """The levels that the agent brings of the skills named; what is excluded does not count."""
    return sum(skills.get(name, 0) for name in sorted({need.name for need in skill_needs(required)}))


def skill_needs(required: Iterable[Requirement]) -> Iterator[SkillNeed]:
    for requirement in required:
        if isinstance(requirement, SkillNeed):
            yield requirement
        elif isinstance(requirement, AllOf | AnyOf):
            yield from skill_needs(requirement.of)


def ordered(required: Iterable[Requirement]) -> tuple[Requirement, ...]:
    """The same requirements in one order, so that equal ones are known as such."""
    known = tuple(required)
    return known if len(known) < 2 else tuple(sorted(known, key=repr))


def problems_of(required: Iterable[Requirement], place: str) -> Iterator[str]:
    for requirement in required:
        match requirement:
            case SkillNeed(name, level, at_most):
                if not 1 <= level <= at_most <= MAX_SKILL_LEVEL:
                    yield f"{place}.{name}: a level is 1 to {MAX_SKILL_LEVEL}, and a range goes upwards."
            case OneOfAgents(agents):
                if not agents:
                    yield f"{place}: a list of agents names at least one."
            case AllOf(of) | AnyOf(of) | NoneOf(of):
                if not of:
                    yield f"{place}: a combination needs at least one part."
                yield from problems_of(of, place)


def in_words(required: Iterable[Requirement]) -> str:
    """For people, as `billing 3–6 and any of (english 7 or more, agents gaia)`."""
    return " and ".join(map(_said, required))


def _said(requirement: Requirement) -> str:
    match requirement:
        case SkillNeed(name, level, at_most):
            return f"{name} {level} or more" if at_most == MAX_SKILL_LEVEL else f"{name} {level}–{at_most}"
        case OneOfAgents(agents):
            return f"agents {', '.join(agents)}"
        case AllOf(of) | AnyOf(of) | NoneOf(of):
            return f"{_WORDS[type(requirement)]} of ({', '.join(map(_said, of))})"


_WORDS: dict[type[Any], str] = {AllOf: "all", AnyOf: "any", NoneOf: "none"}
_KINDS: dict[str, Any] = {word: kind for kind, word in _WORDS.items()}


def requirement_record(requirement: Requirement) -> list[Any] | dict[str, Any]:
    """A skill is `[name, level]` or `[name, level, at_most]`, the rest an object of one key."""
    match requirement:
        case SkillNeed(name, level, at_most):
            return [name, level] if at_most == MAX_SKILL_LEVEL else [name, level, at_most]
        case OneOfAgents(agents):
            return {"agents": list(agents)}
        case AllOf(of) | AnyOf(of) | NoneOf(of):
            return {_WORDS[type(requirement)]: [requirement_record(part) for part in of]}


def requirement_from_record(record: Any) -> Requirement:
    if not isinstance(record, dict):
        return SkillNeed(*record)
    ((word, of),) = record.items()
    if word == "agents":
        return OneOfAgents(tuple(of))
    combined: Requirement = _KINDS[word](tuple(map(requirement_from_record, of)))
    return combined


def step_record(step: Step) -> dict[str, Any]:
    usual = Step._field_defaults
    told = {name: value for name, value in step._asdict().items() if name not in usual or value != usual[name]}
    return {**told, "skills": list(map(requirement_record, step.skills))}


def step_from_record(record: Mapping[str, Any]) -> Step:
    return Step(**{**record, "skills": tuple(map(requirement_from_record, record["skills"]))})
