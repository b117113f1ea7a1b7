"""What an apply changes, for people: one line per entity, `+` new, `-` gone, `~` changed."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from typing_extensions import override

from contracts.config import TenantConfig

_LISTS: Final = ("channel_accounts", "queues", "agents", "calendars", "sla_policies", "rules", "webhook_subscriptions")
_BY_THE_TOOL: Final = frozenset({"tenant", "revision", "applied_at"})
_SHOWN: Final = 60


@dataclass(frozen=True, slots=True)
class Change:
    """`detail` names the fields that differ."""

    sign: Literal["+", "-", "~"]
    what: str
    detail: str = ""

    @override
    def __str__(self) -> str:
        return f"{self.sign} {self.what}" + (f"  {self.detail}" if self.detail else "")


def changes(before: TenantConfig | None, after: TenantConfig) -> list[Change]:
    old = before.model_dump(mode="json") if before else {}
    new = after.model_dump(mode="json")
    return [*_fields(old, new, before is None), *_entities(old, new)]


def _fields(old: Mapping[str, Any], new: Mapping[str, Any], first: bool) -> Iterator[Change]:
    for name in new:
        if name in _LISTS or name in _BY_THE_TOOL or old.get(name) == new[name]:
            continue
        yield (
            Change("+", name, _short(new[name]))
            if first
            else Change("~", name, f"{_short(old.get(name))} -> {_short(new[name])}")
        )


def _entities(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for part in _LISTS:
        before = {entry["id"]: entry for entry in old.get(part, ())}
        after = {entry["id"]: entry for entry in new[part]}
        kept = [name for name in before if name in after]
        yield from (Change("-", f"{part} {name}") for name in before if name not in after)
        for name, entry in after.items():
            if name not in before:
                yield Change("+", f"{part} {name}")
            elif before[name] != entry:
                yield Change("~", f"{part} {name}", ", ".join(_differing(before[name], entry)))
        if kept != [name for name in after if name in before]:
            yield Change("~", part, "the order")


def _differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name in new:
        if old.get(name) != new[name]:
            yield f"{name}: {_short(old.get(name))} -> {_short(new[name])}"


def _short(value: Any) -> str:
    text = "none" if value is None else str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
