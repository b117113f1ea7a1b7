"""What the API's answers look like, for its OpenAPI document."""

from typing import Any, Final

from pydantic import ConfigDict
from pydantic.config import JsonDict

_CASE = "01993d1c-7c5e-7c1b-9a53-0f6d2b8a4e10"
_CUSTOMER = "01993d1c-7c5e-7f32-832e-657417cacc0e"
_MESSAGE = "01993d1d-0f2a-7b11-8d3c-5a1e2b3c4d5e"
_CONVERSATION = "01993d1c-7c5f-7a44-9b0e-1c2d3e4f5a6b"
_AT = "2026-11-21T09:30:00.000Z"

CASE_STATE: Final[JsonDict] = {
    "id": _CASE,
    "customer_id": _CUSTOMER,
    "status": "open",
    "opened_at": _AT,
    "resolved_at": None,
    "resolution": None,
    "merged_into": None,
    "subject": "返金のご相談",
    "tags": ["refund"],
    "fields": {"order": "A-1001"},
    "priority": 3,
    "pauses": {"on_hold": "2026-11-21T09:40:00.000Z"},
    "revision": 7,
}
CASE: Final[JsonDict] = CASE_STATE | {
    "messages": 4,
    "routing": {
        "as_of": _AT,
        "work_state": "assigned",
        "queue": "returns",
        "agent_id": "aiko",
        "offered_to": None,
        "sla": {
            "resolution": {
                "state": "paused",
                "policy": "gold",
                "at": "2026-11-21T09:40:00.000Z",
                "due_at": None,
                "remaining_ms": 13_800_000,
                "breached_at": None,
            }
        },
    },
    "handling": {
        "state": "agent",
        "version": 6,
        "bot_id": "faq",
        "since": _AT,
        "reason": "assigned",
        "agent_id": "aiko",
        "handover": {
            "reason": "customer_asked",
            "summary": "返金を希望。注文番号は A-1001。",
            "fields": {"order": "A-1001"},
            "queue": "returns",
            "skills": {"japanese": 1},
            "priority": None,
            "handed_over_at": _AT,
        },
    },
}
QUEUED: Final[JsonDict] = {
    "message_id": _MESSAGE,
    "case_id": _CASE,
    "seq": 5,
    "status": "queued",
    "conversation_id": _CONVERSATION,
    "channel": "line",
    "account": "line-main",
    "added_at": _AT,
    "expires_at": "2026-11-22T09:30:00.000Z",
}
SIGNALLED: Final[JsonDict] = {
    "case_id": _CASE,
    "conversation_id": _CONVERSATION,
    "channel": "webchat",
    "account": "shop-chat",
    "signal": "typing",
}
NOTED: Final[JsonDict] = {"message_id": _MESSAGE, "case_id": _CASE, "seq": 6, "added_at": _AT}
MESSAGE: Final[JsonDict] = {
    "id": _MESSAGE,
    "case_id": _CASE,
    "seq": 5,
    "conversation_id": _CONVERSATION,
    "channel": "line",
    "account": "line-main",
    "direction": "out",
    "author": {"kind": "agent", "id": "aiko"},
    "author_name": None,
    "content": {"kind": "text", "text": "ご返金いたします。"},
    "automatic": False,
    "status": "delivered",
    "error_code": None,
    "error_reason": None,
    "held_reason": None,
    "attempts": 1,
    "provider_message_ids": ["561061134410645843"],
    "reactions": [{"emoji": "👍", "at": "2026-11-21T09:31:00.000Z"}],
    "occurred_at": _AT,
    "added_at": _AT,
    "edited_at": None,
    "unsent_at": None,
}
ENTRY: Final[JsonDict] = {
    "position": 9,
    "event_id": "0d4f1a52-57e6-5b3c-8a4e-1f2e3d4c5b6a",
    "type": "SupervisorNotified",
    "data": {"case_id": _CASE, "whom": "team-lead", "metric": "first_response", "policy": "gold", "trigger": "80%"},
    "at": _AT,
}
CUSTOMER: Final[JsonDict] = {
    "id": _CUSTOMER,
    "kind": "person",
    "display_name": "花子",
    "tier": "gold",
    "entitlement": "24x7",
    "organisation": "A 社",
    "tags": ["vip"],
    "language": "ja",
    "merged_into": None,
    "open_case_id": _CASE,
    "revision": 3,
}
CONTACT_POINT: Final[JsonDict] = {
    "id": "01993d1c-7c60-7b55-8c1f-2d3e4f5a6b7c",
    "customer_id": _CUSTOMER,
    "channel": "line",
    "account": "line-main",
    "address": {"kind": "line_user", "value": "U4af4980629"},
    "display_name": "花子",
    "state": "active",
    "open_case_id": _CASE,
}
REPLY_PATH: Final[JsonDict] = {
    "conversation_id": _CONVERSATION,
    "channel": "whatsapp",
    "account": "wa-main",
    "address": {"kind": "phone", "value": "+819012345678"},
    "last_inbound_at": "2026-11-20T09:30:00.000Z",
    "window_closes_at": _AT,
    "state": "template_only",
    "why": "The customer's reply window on whatsapp closed at 2026-11-21 09:30 UTC; a reply leaves as the template 'still_here:ja'.",
    "template": "still_here:ja",
}
LINKED: Final[JsonDict] = {
    "id": "01993d1c-7c60-7b55-8c1f-2d3e4f5a6b7d",
    "customer_id": _CUSTOMER,
    "channel": "whatsapp",
    "account": "wa-main",
    "address": {"kind": "phone", "value": "+819012345678"},
    "previous_customer_id": None,
}
INTO: Final = "01993d1e-1a2b-7c3d-8e4f-5a6b7c8d9e0f"


FILE: Final[JsonDict] = {
    "kind": "file",
    "mime": "application/pdf",
    "size_bytes": 48213,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "file_name": "請求書.pdf",
    "object_key": "files/acme/9f/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}


def shown(*examples: JsonDict) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": list(examples)})


def page_of(example: JsonDict) -> dict[int | str, dict[str, Any]]:
    """For a route's `responses`."""
    return {200: {"content": {"application/json": {"example": {"items": [example], "next": None}}}}}
