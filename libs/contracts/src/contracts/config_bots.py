"""Bots that talk with a tenant's customers before, or instead of, people."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from contracts.config_part import ConfigPart, WrittenText
from contracts.config_words import Language, Lease, Level, Name, Positive, Priority, Whole

Phrase = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, strip_whitespace=True),
    Field(json_schema_extra={"pattern": r"\S"}),
]


class BotTriggers(ConfigPart):
    """What takes a conversation from the bot. `words` are the customer's, wherever they stand in a message; the rest the bot tells."""

    words: tuple[Phrase, ...] = Field(default=(), description="that ask for a person, as 担当者 or agent")
    failures: Annotated[Whole, Field(ge=0, le=100)] = Field(
        default=3,
        description="replies in a row of which the bot says that it did not understand; 0: it may go on for ever",
    )
    confidence_below: Annotated[float, Field(gt=0, le=1)] | None = Field(
        default=None, description="of a reply; it is not sent then"
    )
    sentiment_below: Annotated[float, Field(gt=-1, le=1)] | None = Field(
        default=None, description="of the customer, from -1 (angry) to 1"
    )


class BotHandover(ConfigPart):
    """Where conversations go that the bot gives up, unless it says so itself; none = as the rules say."""

    queue: Name | None = None
    skills: dict[Name, Level] = {}
    priority: Priority | None = None
    text: dict[Language, WrittenText] = Field(default={}, description="what the customer is told then, by language")


class Bot(ConfigPart):
    """It serves these channel accounts, and those of these channels that are no other bot's."""

    id: Name
    name: str = Field(min_length=1, max_length=100)
    accounts: tuple[Name, ...] = ()
    channels: tuple[Name, ...] = ()
    lease: Lease = Field(
        default=timedelta(seconds=30), description="without an answer for so long, people are asked for"
    )
    answer_within: Positive = Field(default=timedelta(minutes=5), description="however often the lease is renewed")
    disclosure: dict[Language, WrittenText] = Field(
        default={}, description="says that a machine answers, once per conversation, before its first reply"
    )
    triggers: BotTriggers = BotTriggers()
    handover: BotHandover = BotHandover()
    idle_back_after: Positive | None = Field(
        default=None,
        description="a conversation that people answered, and nobody went on with for so long, is the bot's again",
    )
    takes_reopened: Literal["never", "own", "always"] = Field(
        default="own", description="own: those that no person had a part in"
    )
    clocks_from: Literal["handover", "first_message"] = Field(
        default="handover",
        description="when SLA clocks start; with first_message a policy's bot_answers says whether the bot's answers count",
    )
    enabled: bool = True
