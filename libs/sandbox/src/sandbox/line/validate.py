"""LINE's checks on a send request, in LINE's words: `details[{message, property}]`."""

import json
from typing import Any

from sandbox.wire import Answer, Json

_REQUIRED: dict[str, tuple[str, ...]] = {
    "text": ("text",),
    "textV2": ("text",),
    "image": ("originalContentUrl", "previewImageUrl"),
    "video": ("originalContentUrl", "previewImageUrl"),
    "audio": ("originalContentUrl", "duration"),
    "location": ("title", "address", "latitude", "longitude"),
    "sticker": ("packageId", "stickerId"),
    "imagemap": ("baseUrl", "altText", "baseSize", "actions"),
    "template": ("altText", "template"),
    "flex": ("altText", "contents"),
    "coupon": ("couponId",),
}
_MAX_MESSAGES, _MAX_TEXT, _MAX_ALT_TEXT, _MAX_QUICK_REPLIES = 5, 5000, 1500, 13
_NUMBERS = frozenset({"latitude", "longitude", "duration"})
_OBJECTS = frozenset({"template", "contents", "baseSize", "actions"})

Detail = dict[str, str]


def refuse(status: int, message: str, details: list[Detail] | None = None) -> Answer:
    body: Json = {"message": message}
    if details:
        body["details"] = details
    return Answer(status, body)


def parse_body(content_type: str, raw: bytes) -> Json | Answer:
    media = content_type.split(";")[0].strip().lower()
    if media != "application/json":
        return refuse(415, f"The content type, {media or 'none'}, is not supported")
    try:
        body = json.loads(raw)
    except json.JSONDecodeError as error:
        place = f"(line: {error.lineno}, column: {error.colno})"
        return refuse(400, f"The request body could not be parsed as JSON {place}")
    except (UnicodeDecodeError, RecursionError):
        return refuse(400, "The request body could not be parsed as JSON (line: -, column: -)")
    return body if isinstance(body, dict) else refuse(400, "The request body must be a JSON object")


def check_send(body: Json, address_field: str) -> Answer | None:
    address = body.get(address_field)
    if not isinstance(address, str) or not address:
        return refuse(400, "The request body has 1 error(s)", [_detail("May not be empty", address_field)])
    details = _check_messages(body.get("messages"))
    return refuse(400, f"The request body has {len(details)} error(s)", details) if details else None


def utf16_units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def _check_messages(messages: Any) -> list[Detail]:
    if not isinstance(messages, list) or not messages:
        return [_detail("May not be empty", "messages")]
    if len(messages) > _MAX_MESSAGES:
        return [_detail(f"Size must be between 1 and {_MAX_MESSAGES}", "messages")]
    return [
        detail for index, message in enumerate(messages) for detail in _check_message(message, f"messages[{index}]")
    ]


def _check_message(message: Any, place: str) -> list[Detail]:
    if not isinstance(message, dict):
        return [_detail("Must be a message object", place)]
    required = _REQUIRED.get(str(message.get("type")))
    if required is None:
        known = ", ".join(_REQUIRED)
        return [_detail(f"Must be one of the following values: [{known}]", f"{place}.type")]
    found = (_check_field(name, message.get(name), f"{place}.{name}") for name in required)
    return [detail for detail in (*found, _check_quick_reply(message, place)) if detail]


def _check_field(name: str, value: Any, place: str) -> Detail | None:
    if value is None or value == "":
        return _detail("May not be empty", place)
    expected: type | tuple[type, ...] = (int, float) if name in _NUMBERS else str
    if name in _OBJECTS:
        expected = (dict, list)
    if not isinstance(value, expected) or isinstance(value, bool):
        return _detail("The value has the wrong type", place)
    return _check_text(name, value, place) if isinstance(value, str) else None


def _check_text(name: str, value: str, place: str) -> Detail | None:
    limit = {"text": _MAX_TEXT, "altText": _MAX_ALT_TEXT}.get(name)
    if limit is not None and utf16_units(value) > limit:
        return _detail(f"Length must be between 0 and {limit}", place)
    if name.endswith("Url") and not value.startswith("https://"):
        return _detail("invalid uri scheme", place)
    return None


def _check_quick_reply(message: Json, place: str) -> Detail | None:
    quick = message.get("quickReply")
    if quick is None:
        return None
    items = quick.get("items") if isinstance(quick, dict) else None
    if not isinstance(items, list) or not 1 <= len(items) <= _MAX_QUICK_REPLIES:
        return _detail(f"Size must be between 1 and {_MAX_QUICK_REPLIES}", f"{place}.quickReply.items")
    return None


def _detail(message: str, place: str) -> Detail:
    return {"message": message, "property": place}
