"""What the API's answers look like, for its OpenAPI document."""

from typing import Final

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
NOTED: Final[JsonDict] = {"message_id": _MESSAGE, "case_id": _CASE, "seq": 6, "added_at": _AT}
INTO: Final = "01993d1e-1a2b-7c3d-8e4f-5a6b7c8d9e0f"


def shown(*examples: JsonDict) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": list(examples)})
