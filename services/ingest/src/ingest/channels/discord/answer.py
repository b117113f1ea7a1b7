"""What Discord wants to hear. Source: Discord, "Receiving and responding, Interaction callback type"; "Webhook events"."""

import json
from collections.abc import Sequence
from uuid import UUID

from ingest.domain.shape import Json, Unreadable, mapping, read_json
from ingest.domain.webhook import Answer, Webhook

PING, COMMAND, COMPONENT, AUTOCOMPLETE, MODAL = 1, 2, 3, 4, 5
_PONG, _MESSAGE, _NOTHING_YET, _CHOICES = 1, 4, 6, 8
_ONLY_FOR_THE_PERSON = 64


def answer(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    try:
        body = mapping(read_json(webhook.body), "the body")
    except Unreadable:
        return Answer(204, media_type="application/json")
    if not is_interaction(body):
        return Answer(204, media_type="application/json")
    return Answer(200, json.dumps(_callback(webhook, body), ensure_ascii=False).encode(), "application/json")


def is_interaction(body: Json) -> bool:
    """Webhook events have an `event`, and their ping the type 0; gateway dispatches have an `op`."""
    return (
        "event" not in body and "op" not in body and body.get("type") in (PING, COMMAND, COMPONENT, AUTOCOMPLETE, MODAL)
    )


def _callback(webhook: Webhook, body: Json) -> dict[str, object]:
    """The words of an agent come later, as a follow-up; a pressed button needs no sign of it."""
    kind = body.get("type")
    if kind == PING:
        return {"type": _PONG}
    if kind == AUTOCOMPLETE:
        return {"type": _CHOICES, "data": {"choices": []}}
    if kind == COMPONENT or (kind == MODAL and "message" in body):
        return {"type": _NOTHING_YET}
    words = webhook.account.options.get("acknowledgement", "✓")
    return {"type": _MESSAGE, "data": {"content": words, "flags": _ONLY_FOR_THE_PERSON}}
