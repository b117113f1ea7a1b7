"""Quick replies as buttons or as a list. Source: Cloud API, "Interactive reply buttons messages", "Interactive list messages"."""

from typing import Any, Final

from contracts.values import QuickReply
from notifier.channels.words import cut, payload_of

MAX_BUTTONS: Final = 3
BUTTON_LIMIT: Final = 20
BUTTON_ID_LIMIT: Final = 256
BUTTON_BODY_LIMIT: Final = 1024
MAX_ROWS: Final = 10
ROW_LIMIT: Final = 24
ROW_ID_LIMIT: Final = 200
LIST_BODY_LIMIT: Final = 4096
OPEN_LIST: Final = "☰"
"""The label of the button that opens the list: a sign needs no translation."""

Part = dict[str, Any]


def choice_of(text: str | None, replies: tuple[QuickReply, ...]) -> Part | None:
    """None: neither form carries it, or it would have no words above it. Ids must differ from each other."""
    ids = [payload_of(one) for one in replies]
    if not text or len(set(ids)) < len(ids):
        return None
    if len(replies) <= MAX_BUTTONS and len(text) <= BUTTON_BODY_LIMIT and _fit(replies, BUTTON_LIMIT, BUTTON_ID_LIMIT):
        return {"type": "button", "body": {"text": text}, "action": {"buttons": [_button(one) for one in replies]}}
    if len(replies) <= MAX_ROWS and len(text) <= LIST_BODY_LIMIT and max(map(len, ids)) <= ROW_ID_LIMIT:
        rows = [_row(one) for one in replies]
        action = {"button": OPEN_LIST, "sections": [{"rows": rows}]}
        return {"type": "list", "body": {"text": text}, "action": action}
    return None


def _fit(replies: tuple[QuickReply, ...], label: int, identifier: int) -> bool:
    return all(len(one.label) <= label and len(payload_of(one)) <= identifier for one in replies)


def _button(reply: QuickReply) -> Part:
    return {"type": "reply", "reply": {"id": payload_of(reply), "title": reply.label}}


def _row(reply: QuickReply) -> Part:
    """A label that is cut is told whole below."""
    row = {"id": payload_of(reply), "title": cut(reply.label, ROW_LIMIT)}
    return row | ({"description": reply.label[:72]} if len(reply.label) > ROW_LIMIT else {})
