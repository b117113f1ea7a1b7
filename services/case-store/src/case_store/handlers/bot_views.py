"""What bots and agents are shown of who talks with a customer."""

from collections.abc import Sequence
from typing import Final, Literal, Protocol
from uuid import UUID

from pydantic.config import JsonDict

from case_store.handlers import examples
from case_store.handlers.examples import shown
from case_store.handlers.views import HandlingSnapshot, MessageView, QueuedView
from contracts.base import Contract, Instant

_AT: Final = "2026-11-21T09:30:00.000Z"
_CASE: Final = examples.CASE["id"]
STATE: Final[JsonDict] = {
    "case_id": _CASE,
    "version": 4,
    "state": "bot",
    "bot_id": "faq",
    "since": _AT,
    "reason": "began",
    "agent_id": None,
    "unanswered_since": _AT,
    "lease_until": "2026-11-21T09:30:30.000Z",
    "failures": 0,
    "handover": None,
}
SENT: Final[JsonDict] = {
    "outcome": "sent",
    "handling": STATE | {"version": 5, "unanswered_since": None, "lease_until": None},
    "message": examples.QUEUED,
}
HANDED_OVER: Final[JsonDict] = {
    "outcome": "handed_over",
    "handling": STATE
    | {
        "version": 5,
        "state": "queued",
        "reason": "low_confidence",
        "lease_until": None,
        "handover": {
            "reason": "low_confidence",
            "summary": None,
            "fields": {},
            "queue": "refunds",
            "skills": {"japanese": 1},
            "priority": None,
            "handed_over_at": _AT,
        },
    },
    "message": None,
}
_QUESTION: Final[JsonDict] = examples.MESSAGE | {
    "direction": "in",
    "author": {"kind": "customer", "id": examples.CASE["customer_id"]},
    "content": {"kind": "text", "text": "営業時間を教えてください。"},
    "status": None,
    "attempts": 0,
    "reactions": [],
}
TURN: Final[JsonDict] = {
    "case_id": _CASE,
    "version": 4,
    "lease_until": "2026-11-21T09:30:30.000Z",
    "unanswered_since": _AT,
    "message": _QUESTION,
}


class HandlingView(HandlingSnapshot):
    """`version` is what a bot's reply has to name. `unanswered_since`: the customer waits for an answer since then."""

    model_config = shown(STATE)

    case_id: UUID
    unanswered_since: Instant | None = None
    lease_until: Instant | None = None
    failures: int = 0


class ConversationView(HandlingView):
    """With the latest messages, the oldest of them first, and what is known of the case."""

    model_config = shown(
        STATE | {"subject": None, "tags": ["refund"], "case_fields": {"order": "A-1001"}, "messages": [_QUESTION]}
    )

    subject: str | None = None
    tags: tuple[str, ...] = ()
    case_fields: dict[str, str] = {}
    messages: tuple[MessageView, ...] = ()


class BotRepliedView(Contract):
    """`handed_over`: a trigger took the conversation, the reply was not sent."""

    model_config = shown(SENT, HANDED_OVER)

    outcome: Literal["sent", "handed_over"]
    handling: HandlingView
    message: QueuedView | None = None


class TurnView(Contract):
    """A conversation in which the customer waits for the bot; `message` is what they wrote last."""

    model_config = shown(TURN)

    case_id: UUID
    version: int
    lease_until: Instant
    unanswered_since: Instant
    message: MessageView


class BotReader(Protocol):
    """One consistent view of one tenant's rows."""

    async def conversation(self, case_id: UUID, messages: int) -> ConversationView | None:
        """None if no bot ever served the case."""
        ...

    async def turns(self, bot_id: str, limit: int) -> Sequence[TurnView]:
        """Those that wait longest first."""
        ...
