"""The topic cards: reads `topics/*.yaml`, and writes the module `contracts.topics` from them. A development tool."""

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from contracts.catalogue import EVENT_TYPES

Service = Literal["ingest", "case-store", "router", "notifier", "cli"]
TopicName = Annotated[str, StringConstraints(pattern=r"^[a-z]+(\.[a-z]+)*$")]


class BadCard(Exception):
    """A card cannot be read, or the cards and the catalogue disagree."""


class Card(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: TopicName
    description: str
    key: str
    partitions: int = Field(ge=1, le=48)
    cleanup: Literal["delete", "compact"]
    retention_hours: int | None = Field(default=None, ge=1, le=168, description="payloads are kept 7 days at most")
    dead_letters: str
    written_by: tuple[Service, ...] = Field(min_length=1)
    read_by: tuple[Service, ...]
    events: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if (self.cleanup == "delete") != (self.retention_hours is not None):
            raise ValueError("a topic with cleanup delete has retention_hours, a compacted one has none")
        if self.dead_letters not in ("none", f"{self.name}.dlq"):
            raise ValueError(f"dead_letters is {self.name}.dlq or none")
        return self


def read_cards(folder: Path) -> list[Card]:
    """All cards in the order of their names. Raises BadCard."""
    import yaml

    cards = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            card = Card.model_validate(yaml.safe_load(path.read_text("utf-8")))
        except (yaml.YAMLError, ValidationError) as error:
            raise BadCard(f"{path.name}: {error}") from error
        if path.stem != card.name:
            raise BadCard(f"{path.name}: the card of '{card.name}' is kept in {card.name}.yaml")
        cards.append(card)
    check_events(cards)
    return cards


def check_events(cards: Iterable[Card]) -> None:
    """Every event of the catalogue is on exactly one card, and nothing else is on any."""
    homes: dict[str, str] = {}
    for card in cards:
        for event in card.events:
            if event not in EVENT_TYPES:
                raise BadCard(f"{card.name}: the catalogue has no event '{event}'")
            if event in homes:
                raise BadCard(f"{card.name}: '{event}' is on the card of {homes[event]} already")
            homes[event] = card.name
    for event in EVENT_TYPES.keys() - homes.keys():
        raise BadCard(f"no card carries '{event}'")


def topics_module(cards: Iterable[Card]) -> str:
    """The text of `contracts/topics.py`, formatted as ruff would."""
    cards = list(cards)
    head = [
        '"""The topics. Generated from the cards in `libs/contracts/topics/` by `python -m contracts.generate`."""',
        "",
        "from typing import Final",
        "",
        "from contracts.topic import Topic as Topic",
        "",
    ]
    names = [f"    {_constant(card)}," for card in cards]
    body = [line for card in cards for line in _assignment(card)]
    return "\n".join([*head, *body, "", "TOPICS: Final = (", *names, ")", ""])


def _constant(card: Card) -> str:
    return card.name.upper().replace(".", "_")


def _assignment(card: Card) -> list[str]:
    return [
        f"{_constant(card)}: Final = Topic(",
        f'    "{card.name}",',
        f'    key="{card.key}",',
        f"    partitions={card.partitions},",
        *(["    compacted=True,"] if card.cleanup == "compact" else [f"    retention_hours={card.retention_hours},"]),
        *(["    has_dead_letters=False,"] if card.dead_letters == "none" else []),
        *_events(card.events),
        ")",
    ]


def _events(events: tuple[str, ...]) -> list[str]:
    if len(events) == 1:
        return [f'    events=("{events[0]}",),']
    return ["    events=(", *(f'        "{event}",' for event in events), "    ),"]
