"""How much of a visitor's feed one page has: no gap, no line twice, whatever comes late, twice or out of order."""

from dataclasses import dataclass

from contracts.chat import ChatLine, VisitorTold


@dataclass(slots=True)
class ChatCursor:
    """`position`: the page has everything up to here. `caught_up`: nothing more is known to wait."""

    position: int
    caught_up: bool = False

    def take(self, told: VisitorTold) -> tuple[ChatLine, ...]:
        """What of this is new to the page. After a gap nothing is, and `caught_up` is False until the rest was asked for."""
        if self._is_behind(told):
            self.caught_up = False
            return ()
        if self._knows_too_much(told):
            self.position = told.last
        new = tuple(line for line in told.lines if line.position > self.position)
        self.position = max(self.position, told.through)
        self.caught_up = self.position >= told.last
        return new

    def _is_behind(self, told: VisitorTold) -> bool:
        return told.after > self.position

    def _knows_too_much(self, told: VisitorTold) -> bool:
        """A page with a position from elsewhere: the first answer, which has nothing for it, says where the feed ends."""
        return not self.caught_up and not told.lines and told.last < self.position
