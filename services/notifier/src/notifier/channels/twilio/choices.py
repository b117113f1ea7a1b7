"""Quick replies on WhatsApp by way of Twilio: a content template of the account, made once for each number of choices, filled in.

Its option `choices_<n>` names the ContentSid of a twilio/quick-reply (up to 3) or twilio/list-picker (up to 10) whose body is {{1}} and
whose choices are {{2}} with id {{3}}, {{4}} with id {{5}} … Both need no approval within the 24 hours. Source: Twilio Docs,
"twilio/quick-reply", "twilio/list-picker", "Using Variables with Content Templates".
"""

from collections.abc import Mapping
from itertools import chain
from typing import Final

from contracts.values import QuickReply
from notifier.channels.provider import encode_json
from notifier.channels.words import payload_of

BODY_LIMIT: Final = 1024
MAX_BUTTONS: Final = 3
BUTTON_LIMIT: Final = 20
ITEM_LIMIT: Final = 24
ID_LIMIT: Final = 200

Form = list[tuple[str, str]]


def template_for(replies: tuple[QuickReply, ...], options: Mapping[str, str]) -> str | None:
    """None: the account has none for so many, or one of them would be refused."""
    limit = BUTTON_LIMIT if len(replies) <= MAX_BUTTONS else ITEM_LIMIT
    ids = [payload_of(one) for one in replies]
    fit = all(len(one.label) <= limit for one in replies) and all(len(one) <= ID_LIMIT for one in ids)
    return options.get(f"choices_{len(replies)}") if fit and len(set(ids)) == len(ids) else None


def filled(content_sid: str, words: str, replies: tuple[QuickReply, ...]) -> Form:
    values = [words, *chain.from_iterable((one.label, payload_of(one)) for one in replies)]
    variables = {str(number): value for number, value in enumerate(values, 1)}
    return [("ContentSid", content_sid), ("ContentVariables", encode_json(variables).decode())]
