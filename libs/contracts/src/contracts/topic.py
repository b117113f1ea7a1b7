"""What a topic is. The topics themselves are in `topics`, generated from the cards."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """`events` are the names of what it carries. A compacted topic keeps the last record of each key for ever."""

    name: str
    key: str
    partitions: int = 48
    compacted: bool = False
    retention_hours: int = 168
    has_dead_letters: bool = True
    events: tuple[str, ...] = ()

    @property
    def dead_letters(self) -> str:
        """The name of its dead-letter topic; only topics with `has_dead_letters` have one."""
        return f"{self.name}.dlq"
