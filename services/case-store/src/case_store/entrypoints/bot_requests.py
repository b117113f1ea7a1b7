"""Bodies of what bots ask."""

from typing import Annotated

from pydantic import Field

from case_store.domain.bot_triggers import Signals
from case_store.entrypoints.requests import FieldValue, SaidBody, Storable, Word
from case_store.handlers.examples import shown
from case_store.handlers.hand_over import Note
from contracts.values import Sentiment
from runtime.api import Request

Version = Annotated[int, Field(ge=1, le=2**53, description="of the conversation, as the bot saw it last")]
Feeling = Annotated[Sentiment, Field(description="how the customer feels, -1 to 1; routing rules see it")]
Summary = Annotated[Storable, Field(min_length=1, max_length=4_000)]


class BotReplyBody(SaidBody):
    """Either `text` or `content`, and what the bot knows of itself: how sure it is (0 to 1), how the customer feels (-1 to 1),
    `failed` when it did not understand. `summary` is kept if one of them takes the conversation from the bot.
    """

    model_config = shown({"version": 4, "text": "営業時間は9時から18時です。", "confidence": 0.93})

    version: Version
    confidence: Annotated[float, Field(ge=0, le=1)] | None = None
    sentiment: Feeling | None = None
    failed: bool = False
    summary: Summary | None = None

    def signals(self) -> Signals:
        return Signals(self.confidence, self.sentiment, self.failed)


class HandoverBody(Request):
    """`fields` join the case's own; `queue`, `skills` and `priority` outrank the bot's configuration and the routing rules.

    Without a `version` it is handed over whatever the customer wrote meanwhile.
    """

    model_config = shown(
        {
            "version": 4,
            "reason": "needs_refund",
            "summary": "返金を希望。注文番号は A-1001。",
            "fields": {"order": "A-1001"},
            "queue": "refunds",
            "skills": {"japanese": 1},
            "priority": 3,
        }
    )

    version: Version | None = None
    reason: Word | None = None
    summary: Summary | None = None
    fields: Annotated[dict[Word, FieldValue], Field(max_length=100)] = {}
    queue: Word | None = None
    skills: Annotated[dict[Word, Annotated[int, Field(ge=1, le=10)]], Field(max_length=20)] = {}
    priority: Annotated[int, Field(ge=1, le=9, description="1 is served first")] | None = None
    sentiment: Feeling | None = None

    def note(self) -> Note:
        return Note(self.reason, self.summary, self.fields, self.queue, self.skills, self.priority, self.sentiment)


class LeaseBody(Request):
    model_config = shown({"version": 4})

    version: Version | None = None


class BotResolveBody(Request):
    model_config = shown({"version": 4, "reason": "answered"})

    version: Version
    reason: Word = "resolved"


class EmptyBody(Request):
    model_config = shown({})
