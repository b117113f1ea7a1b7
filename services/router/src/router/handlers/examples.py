"""What the API's answers look like, for its OpenAPI document."""

from typing import Final

from pydantic.config import JsonDict

_CASE = "01993d1c-7c5e-7c1b-9a53-0f6d2b8a4e10"
_OFFER = "0d4f1a52-57e6-5b3c-8a4e-1f2e3d4c5b6a"
AT = "2026-11-21T09:30:00.000Z"
OFFER_EXAMPLE: Final[JsonDict] = {
    "offer_id": _OFFER,
    "case_id": _CASE,
    "agent_id": "aiko",
    "queue": "returns",
    "offered_at": AT,
    "expires_at": "2026-11-21T09:30:30.000Z",
    "outcome": "open",
}
_CLOCK: Final[JsonDict] = {
    "metric": "first_response",
    "policy": "standard",
    "policy_revision": 3,
    "calendar": "office",
    "calendar_revision": 2,
    "status": "running",
    "target_ms": 900_000,
    "started_at": AT,
    "due_at": "2026-11-21T09:45:00.000Z",
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
    "requested_at": AT,
    "queued_at": AT,
    "sla": [_CLOCK],
}
_AVAILABLE: Final[JsonDict] = {"presence": "available", "name": "available", "source": "agent", "since": AT}
AGENT_EXAMPLE: Final[JsonDict] = {
    "agent_id": "aiko",
    "name": "佐藤 愛子",
    "presence": "available",
    "presence_name": "available",
    "presence_source": "agent",
    "presence_since": AT,
    "presence_by_class": {
        "voice": {"presence": "away", "name": "lunch", "source": "agent", "since": AT},
        "live": _AVAILABLE,
        "messaging": _AVAILABLE,
        "async": _AVAILABLE,
        "task": _AVAILABLE,
    },
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
    "as_of": AT,
    "state": "waiting",
    "queue": "returns",
    "waited_ms": 30_000,
    "estimated_wait_ms": 120_000,
    "position": 3,
}
NOW: Final[JsonDict] = {"live": True, "as_of": AT}
SLA_EXAMPLE: Final[JsonDict] = NOW | {
    "case_id": _CASE,
    "policy": "standard",
    "clocks": [_CLOCK | {"remaining_ms": 840_000}],
}
QUEUES_EXAMPLE: Final[JsonDict] = NOW | {"queues": [QUEUE_EXAMPLE]}
AGENTS_EXAMPLE: Final[JsonDict] = NOW | {"items": [AGENT_EXAMPLE], "next": "WyJhaWtvIl0"}
OFFERS_EXAMPLE: Final[JsonDict] = NOW | {"items": [OFFER_EXAMPLE]}
WAITING_EXAMPLE: Final[JsonDict] = {
    "live": False,
    "as_of": AT,
    "items": [
        {name: value for name, value in WORK_EXAMPLE.items() if name not in ("agent_id", "assignment_id")}
        | {"state": "queued"}
    ],
}
PROOF_EXAMPLE: Final[JsonDict] = {
    "live": False,
    "as_of": AT,
    "case_id": _CASE,
    "ledger": [
        {
            "position": 1,
            "type": "SlaApplied",
            "event_id": "8a7d3c0e-2f5b-5d0f-8b1a-2e4f6a8c0d13",
            "at": AT,
            "entry": {"metric": "first_response", "policy": "standard", "target_ms": 900_000, "cause": "WorkRequested"},
        }
    ],
    "replayed": [_CLOCK],
    "agrees": True,
}
EXPLANATION_EXAMPLE: Final[JsonDict] = NOW | {
    "sentence": "Rule 'refund-ja' chose queue 'returns'.",
    "work": WORK_EXAMPLE,
    "rules": [
        {"rule": "gold", "outcome": "not_matched"},
        {"rule": "refund-ja", "outcome": "matched"},
    ],
    "signature": "japanese>=1",
    "requires": "japanese 4 or more",
    "steps": [
        {
            "number": 0,
            "until": "2026-11-21T09:31:00.000Z",
            "holds": True,
            "requires": [["japanese", 4]],
            "in_words": "japanese 4 or more",
        }
    ],
    "candidates": [{"agent_id": "ken", "obstacle": "unskilled", "declines": 0, "order": [0, 0, 0, "ken"]}],
    "obstacles": {"unskilled": 1},
    "clocks": [
        {
            "metric": "first_response",
            "status": "running",
            "policy": "standard",
            "due_at": "2026-11-21T09:45:00.000Z",
            "remaining_ms": 840_000,
        }
    ],
    "offers": [OFFER_EXAMPLE],
    "next_timer": {"kind": "offer_expires", "due_at": "2026-11-21T09:30:30.000Z"},
}
