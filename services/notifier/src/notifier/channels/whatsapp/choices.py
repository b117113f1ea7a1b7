"""Quick replies as buttons or as a list. Source: Cloud API, "Interactive reply buttons messages", "Interactive list messages"."""

from typing import Any, Final

from contracts.values import QuickReply
from notifier.channels.words import cut, payload_of
from notifier.domain.splitter import split

TEXT_LIMIT: Final = 4096
MAX_BUTTONS: Final = 3
BUTTON_LIMIT: Final = 20
BUTTON_ID_LIMIT: Final = 256
BUTTON_BODY_LIMIT: Final = 1024
MAX_ROWS: Final = 10
ROW_LIMIT: Final = 24
ROW_ID_LIMIT: Final = 200
DESCRIPTION_LIMIT: Final = 72
LIST_BODY_LIMIT: Final = 4096
OPEN_LIST: Final = "☰"
"""The label of the button that opens the list: a sign needs no translation."""

Part = dict[str, Any]


def choices_of(text: str | None, replies: tuple[QuickReply, ...]) -> tuple[list[str], Part] | None:
    """What of a long text goes before, and the rest with the choices under it. None: neither form carries them, or they would have
    no words above them. Ids must differ from each other.
    """
    ids = [payload_of(one) for one in replies]
    if not text or len(set(ids)) < len(ids):
        return None
    if len(replies) <= MAX_BUTTONS and _fit(replies, BUTTON_LIMIT, BUTTON_ID_LIMIT):
        before, last = _parted(text, BUTTON_BODY_LIMIT)
        return before, {"type": "button", "body": {"text": last}, "action": {"buttons": [_button(r) for r in replies]}}
    if len(replies) <= MAX_ROWS and max(map(len, ids)) <= ROW_ID_LIMIT:
        before, last = _parted(text, LIST_BODY_LIMIT)
        action = {"button": OPEN_LIST, "sections": [{"rows": [_row(one) for one in replies]}]}
        return before, {"type": "list", "body": {"text": last}, "action": action}
    return None


def _parted(text: str, limit: int) -> tuple[list[str], str]:
    *before, rest = split(text, TEXT_LIMIT)
    *more, last = split(rest, limit)
    return [*before, *more], last


def _fit(replies: tuple[QuickReply, ...], label: int, identifier: int) -> bool:
    return all(len(one.label) <= label and len(payload_of(one)) <= identifier for one in replies)


def _button(reply: QuickReply) -> Part:
    return {"type": "reply", "reply": {"id": payload_of(reply), "title": reply.label}}


def _row(reply: QuickReply) -> Part:
    """A label that is cut is told whole below."""
    row = {"id": payload_of(reply), "title": cut(reply.label, ROW_LIMIT)}
    return row | ({"description": cut(reply.label, DESCRIPTION_LIMIT)} if len(reply.label) > ROW_LIMIT else {})
