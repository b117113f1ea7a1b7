"""What the API takes and answers, for its OpenAPI document."""

from typing import Any, Final

from pydantic import ConfigDict
from pydantic.config import JsonDict

_AT: Final = "2026-11-21T09:30:00.000Z"
_ENDPOINT: Final = "01a20032-fb23-7c43-94a1-4af4a6ff004b"
_EVENT: Final = "0d4f1a52-57e6-5b3c-8a4e-1f2e3d4c5b6a"
_MESSAGE: Final = "01993d1d-0f2a-7b11-8d3c-5a1e2b3c4d5e"

DELIVERY: Final[JsonDict] = {
    "id": _MESSAGE,
    "state": "accepted",
    "case_id": "01993d1c-7c5e-7c1b-9a53-0f6d2b8a4e10",
    "conversation_id": "01993d1c-7c5f-7a44-9b0e-1c2d3e4f5a6b",
    "channel": "line",
    "account": "line-main",
    "event": None,
    "method": "push",
    "attempts_made": 1,
    "code": "accepted",
    "reason": None,
    "provider_message_ids": ["561061134410645843"],
    "approved_by": None,
    "requested_at": _AT,
    "expires_at": "2026-11-22T09:30:00.000Z",
    "next_attempt_at": None,
    "finished_at": "2026-11-21T09:30:00.212Z",
}
DELIVERY_DETAIL: Final[JsonDict] = DELIVERY | {
    "attempts": [
        {
            "n": 1,
            "started_at": _AT,
            "ended_at": "2026-11-21T09:30:00.212Z",
            "channel": "line",
            "account": "line-main",
            "method": "push",
            "outcome": "accepted",
            "code": "accepted",
            "reason": "",
            "http_status": 200,
        }
    ]
}
ENDPOINT: Final[JsonDict] = {
    "id": _ENDPOINT,
    "origin": "registered",
    "url": "https://crm.example.com/hooks/madoguchi",
    "account": None,
    "events": ["CaseOpened", "routing.events"],
    "description": "the CRM's copy of our cases",
    "created_at": _AT,
    "created_by": "key:3f9c1a2b4d5e",
    "state": "enabled",
    "waiting": 3,
    "delivered": 1204,
    "given_up": 0,
    "failures": 1,
    "failing_since": "2026-11-22T08:00:00.000Z",
    "next_attempt_at": "2026-11-22T08:00:05.000Z",
    "last_delivered_at": "2026-11-22T07:59:58.000Z",
    "code": "ambiguous",
    "reason": "webhook answered 503",
    "replaying": False,
}
_FAILED: Final[JsonDict] = {
    "event_id": _EVENT,
    "n": 1,
    "at": "2026-11-22T08:00:00.000Z",
    "delivered": False,
    "code": "ambiguous",
    "reason": "webhook answered 503",
    "http_status": 503,
    "milliseconds": 41,
    "gave_up": False,
}
ENDPOINT_DETAIL: Final[JsonDict] = ENDPOINT | {
    "secrets": [{"made_at": "2026-11-22T07:00:00.000Z", "until": None}, {"made_at": _AT, "until": _AT}],
    "latest_failures": [_FAILED],
}
ENDPOINT_WITH_SECRET: Final[JsonDict] = ENDPOINT_DETAIL | {
    "secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
}
REGISTER: Final[JsonDict] = {
    "url": "https://crm.example.com/hooks/madoguchi",
    "events": ["CaseOpened", "CaseResolved", "routing.events"],
    "description": "the CRM's copy of our cases",
}
CHANGE: Final[JsonDict] = {"url": "https://crm.example.com/hooks/v2"}
ROTATE: Final[JsonDict] = {"overlap": "PT24H"}
ENABLE: Final[JsonDict] = {"resume": "kept"}
REPLAY: Final[JsonDict] = {"from": "2026-11-20T00:00:00.000Z", "to": "2026-11-20T06:00:00.000Z"}
SETTLE: Final[JsonDict] = {"outcome": "accepted"}
PING: Final[JsonDict] = {
    "webhook_id": _EVENT,
    "delivered": True,
    "code": "accepted",
    "reason": "",
    "http_status": 204,
    "milliseconds": 38,
}
WEBHOOK_DELIVERY: Final[JsonDict] = {
    "event_id": _EVENT,
    "type": "CaseOpened",
    "at": _AT,
    "status": "retrying",
    "attempts_made": 1,
    "last_attempt": _FAILED,
    "next_attempt_at": "2026-11-22T08:00:05.000Z",
}
WEBHOOK_DELIVERY_DETAIL: Final[JsonDict] = WEBHOOK_DELIVERY | {"attempts": [_FAILED]}
SUBSCRIBABLE_EVENTS: Final[JsonDict] = {"items": [{"topic": "case.events", "events": ["CaseOpened", "MessageAdded"]}]}
SCHEDULE: Final[JsonDict] = {
    "waits": ["PT5S", "PT1M", "PT5M", "PT30M", "PT2H", "PT5H", "PT10H", "PT14H", "PT16H", "P1D"],
    "together": "P2DT23H36M5S",
    "retry_after_at_most": "PT1H",
    "disabled_after": "P5D",
    "kept_for": "P14D",
}


def like(example: JsonDict) -> ConfigDict:
    """For a view that is an answer by itself."""
    return ConfigDict(json_schema_extra={"examples": [example]})


def list_of(example: JsonDict) -> dict[int | str, dict[str, Any]]:
    """For the `responses` of a route that answers with a page."""
    page = {"items": [example], "next": None}
    return {200: {"content": {"application/json": {"example": page}}}}
