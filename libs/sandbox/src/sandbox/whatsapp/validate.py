"""Meta's checks on a send request: a refusal, or nothing."""

import json
from collections.abc import Callable
from typing import Any

from sandbox.whatsapp.errors import refuse
from sandbox.wire import Answer, Json

_MAX_TEXT, _MAX_INTERACTIVE_BODY, _MAX_BUTTONS, _MAX_BUTTON_TITLE, _MAX_ROWS = 4096, 1024, 3, 20, 10


def parse_body(content_type: str, raw: bytes) -> Json | Answer:
    if content_type.split(";")[0].strip().lower() != "application/json":
        return refuse(100, "The content type must be application/json.")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError):
        return refuse(100, "The request body is not valid JSON.")
    return body if isinstance(body, dict) else refuse(100, "The request body must be a JSON object.")


def check_send(body: Json) -> Answer | None:
    if body.get("messaging_product") != "whatsapp":
        return refuse(100, "The parameter messaging_product is required and must be 'whatsapp'.")
    if not address_of(body):
        return refuse(100, "The parameter to or recipient is required.")
    kind = body.get("type", "text")
    check = _CHECKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        return refuse(100, f"Param type must be one of {{{', '.join(_CHECKS)}}} - got {kind!r}.")
    part = body.get(kind)
    if part is None:
        return refuse(131008, f"The parameter {kind} is required.")
    return check(kind, part)


def address_of(body: Json) -> str | None:
    """Digits of `to`, else the business-scoped user id in `recipient`; Meta lets `to` win."""
    to, recipient = body.get("to"), body.get("recipient")
    digits = "".join(c for c in to if c.isascii() and c.isdigit()) if isinstance(to, str) else ""
    if digits:
        return digits
    return recipient if isinstance(recipient, str) and recipient else None


def _text(kind: str, part: Any) -> Answer | None:
    return _string(part, "body", f"{kind}.body", _MAX_TEXT)


def _media(kind: str, part: Any) -> Answer | None:
    if not isinstance(part, dict) or bool(part.get("id")) == bool(part.get("link")):
        return refuse(131009, f"Param {kind} needs exactly one of id and link.")
    return None


def _template(kind: str, part: Any) -> Answer | None:
    wrong = _string(part, "name", "template.name", 512)
    if wrong is not None:
        return wrong
    language = part.get("language")
    return _string(language, "code", "template.language.code", 20)


def _interactive(kind: str, part: Any) -> Answer | None:
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        return refuse(131008, "The parameter interactive.type is required.")
    wrong = _string(part.get("body"), "text", "interactive.body.text", _MAX_INTERACTIVE_BODY)
    action = part.get("action")
    if wrong is not None or not isinstance(action, dict):
        return wrong or refuse(131008, "The parameter interactive.action is required.")
    if part["type"] == "button":
        return _buttons(action.get("buttons"))
    return _rows(action.get("sections")) if part["type"] == "list" else None


def _buttons(buttons: Any) -> Answer | None:
    if not isinstance(buttons, list) or not 1 <= len(buttons) <= _MAX_BUTTONS:
        return refuse(131009, f"interactive.action.buttons must have 1 to {_MAX_BUTTONS} buttons.")
    for index, button in enumerate(buttons):
        reply = button.get("reply") if isinstance(button, dict) else None
        wrong = _string(reply, "title", f"interactive.action.buttons[{index}].reply.title", _MAX_BUTTON_TITLE)
        if wrong is not None:
            return wrong
    return None


def _rows(sections: Any) -> Answer | None:
    rows = [row for one in sections if isinstance(one, dict) for row in one.get("rows") or ()] if sections else []
    if not 1 <= len(rows) <= _MAX_ROWS:
        return refuse(131009, f"interactive.action.sections must have 1 to {_MAX_ROWS} rows in all.")
    return None


def _location(kind: str, part: Any) -> Answer | None:
    if not isinstance(part, dict) or not all(isinstance(part.get(k), int | float | str) for k in _COORDINATES):
        return refuse(131008, "The parameters location.latitude and location.longitude are required.")
    return None


def _reaction(kind: str, part: Any) -> Answer | None:
    return _string(part, "message_id", "reaction.message_id", 256)


def _contacts(kind: str, part: Any) -> Answer | None:
    return None if isinstance(part, list) and part else refuse(131008, "The parameter contacts must be a list.")


def _string(part: Any, name: str, place: str, limit: int) -> Answer | None:
    value = part.get(name) if isinstance(part, dict) else None
    if not isinstance(value, str) or not value:
        return refuse(131008, f"The parameter {place} is required.")
    if len(value) > limit:
        return refuse(100, f"Param {place} must be at most {limit} characters long.")
    return None


_COORDINATES = ("latitude", "longitude")
_CHECKS: dict[str, Callable[[str, Any], Answer | None]] = {
    "text": _text,
    "image": _media,
    "video": _media,
    "audio": _media,
    "document": _media,
    "sticker": _media,
    "template": _template,
    "interactive": _interactive,
    "location": _location,
    "reaction": _reaction,
    "contacts": _contacts,
}
