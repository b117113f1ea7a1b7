"""What the API's answers look like, for its OpenAPI document."""

from typing import Final

from pydantic.config import JsonDict

_CASE = "01993d1c-7c5e-7c1b-9a53-0f6d2b8a4e10"
_OFFER = "0d4f1a52-57e6-5b3c-8a4e-1f2e3d4c5b6a"
_AT = "2026-11-21T09:30:00.000Z"
OFFER_EXAMPLE: Final[JsonDict] = {
    "offer_id": _OFFER,
    "case_id": _CASE,
    "agent_id": "aiko",
    "queue": "returns",
    "offered_at": _AT,
    "expires_at": "2026-11-21T09:30:30.000Z",
    "outcome": "open",
}
WORK_EXAMPLE: Final[JsonDict] = {
    "case_id": _CASE,
    "state": "assigned",
    "queue": "returns",
    "agent_id": "aiko",
    "assignment_id": "5c1d9a3e-9f5b-5d0f-8b1a-2e4f6a8c0d12",
    "channel": "line",
    "channel_class": "messaging",
    "priority": 5,
    "skills": {"japanese": 1},
    "rule": "refund-ja",
    "requested_at": _AT,
    "queued_at": _AT,
    "sla": [
        {
            "metric": "first_response",
            "policy": "standard",
            "policy_revision": 3,
            "status": "running",
            "target_ms": 900_000,
            "started_at": _AT,
            "due_at": "2026-11-21T09:45:00.000Z",
        }
    ],
}
AGENT_EXAMPLE: Final[JsonDict] = {
    "agent_id": "aiko",
    "name": "佐藤 愛子",
    "presence": "available",
    "presence_source": "agent",
    "presence_since": _AT,
    "queues": ["returns"],
    "skills": {"japanese": 8},
    "capacity": {"messaging": 3},
    "load": {"messaging": 1},
    "work": [WORK_EXAMPLE],
}
_TALLY: Final[JsonDict] = {"answered": 18, "abandoned": 2, "offers_missed": 1, "service_level": 0.85}
QUEUE_EXAMPLE: Final[JsonDict] = {
    "queue": "returns",
    "waiting": 4,
    "oldest_wait_ms": 95_000,
    "agents": {"available": 2, "busy": 0, "away": 1, "offline": 4},
    "is_closed": False,
    "occupancy": 0.75,
    "last": {"15m": _TALLY, "1h": _TALLY, "1d": _TALLY},
}
WAIT_EXAMPLE: Final[JsonDict] = {
    "case_id": _CASE,
    "live": True,
    "as_of": _AT,
    "state": "waiting",
    "queue": "returns",
    "waited_ms": 30_000,
    "estimated_wait_ms": 120_000,
    "position": 3,
}
