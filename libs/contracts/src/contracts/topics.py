"""The topics, as their cards in `libs/contracts/topics/` define them (a test holds the two together)."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Topic:
    name: str
    key: str
    compacted: bool = False
    retention_hours: int = 168

    @property
    def dead_letters(self) -> str:
        return f"{self.name}.dlq"


INBOUND_MESSAGES: Final = Topic("inbound.messages", key="hmac(tenant, account, conversation)")
INBOUND_RECEIPTS: Final = Topic("inbound.receipts", key="hmac(tenant, account, conversation)")
CASE_EVENTS: Final = Topic("case.events", key="case_id")
ROUTING_COMMANDS: Final = Topic("routing.commands", key="routing group")
ROUTING_EVENTS: Final = Topic("routing.events", key="case_id, or agent_id for events of an agent")
OUTBOUND_MESSAGES: Final = Topic("outbound.messages", key="conversation_id")
OUTBOUND_RESULTS: Final = Topic("outbound.results", key="conversation_id")
CONFIG: Final = Topic("config", key="tenant", compacted=True)

TOPICS: Final = (
    INBOUND_MESSAGES,
    INBOUND_RECEIPTS,
    CASE_EVENTS,
    ROUTING_COMMANDS,
    ROUTING_EVENTS,
    OUTBOUND_MESSAGES,
    OUTBOUND_RESULTS,
    CONFIG,
)
