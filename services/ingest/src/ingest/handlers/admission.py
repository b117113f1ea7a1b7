"""How many events may wait for the broker at once. The producer's own buffer has no limit."""

from runtime.errors import DependencyDown


class Busy(DependencyDown):
    """Nothing was sent; the provider should come again."""

    code = "busy"


class Admission:
    """Nobody queues here: a webhook gets in or is told to come again. One larger than the limit gets in alone."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._inside = 0

    def enter(self, events: int) -> None:
        """Raises Busy. Who got in leaves again."""
        if self._inside and self._inside + events > self._limit:
            raise Busy("too many events are waiting for the broker")
        self._inside += events

    def leave(self, events: int) -> None:
        self._inside -= events
