"""Table rows to values and back."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import TypeAdapter

from contracts.values import Author, Content, MessageStatus, ReplyPath
from notifier.domain.choose_path import Method, Way
from notifier.domain.delivery import State, WebhookEvent
from notifier.domain.outcome import Kind
from notifier.handlers.ports import AttemptRecord, Delivery, ParkedReceipt

_PATHS: Final = TypeAdapter(tuple[ReplyPath, ...])


def paths_to_json(paths: Sequence[ReplyPath]) -> str:
    return _PATHS.dump_json(tuple(paths), exclude_none=True).decode()


def closed_to_json(closed: Mapping[str, Kind] | None) -> str | None:
    return None if closed is None else json.dumps(dict(closed))


def event_to_json(event: WebhookEvent | None) -> str | None:
    return None if event is None else json.dumps({"type": event.type, "data": event.data}, ensure_ascii=False)


def _event(value: str | None) -> WebhookEvent | None:
    return None if value is None else WebhookEvent(**json.loads(value))


def delivery(row: Mapping[str, Any]) -> Delivery:
    return Delivery(
        tenant=row["tenant_id"],
        id=row["id"],
        case_id=row["case_id"],
        conversation_id=row["conversation_id"],
        sequence=row["sequence"],
        state=State(row["state"]),
        author=Author.model_validate_json(row["author"]),
        content=Content.model_validate_json(row["content"]),
        paths=_PATHS.validate_json(row["paths"]),
        idempotency_key=row["idempotency_key"],
        requested_at=row["requested_at"],
        expires_at=row["expires_at"],
        next_attempt_at=row["next_attempt_at"],
        traceparent=row["traceparent"],
        event=_event(row["event"]),
        attempt=row["attempt"],
        failures=row["failures"],
        faults=row["faults"],
        claimed_from=State(row["claimed_from"]) if row["claimed_from"] else None,
        attempt_started_at=row["attempt_started_at"],
        chosen=None if row["method"] is None else Way(row["chosen_path"], Method(row["method"])),
        closed={way: Kind(kind) for way, kind in json.loads(row["closed_ways"]).items()},
        doubtful_since=row["doubtful_since"],
        parts_done=row["parts_done"],
        parts_total=row["parts_total"],
        provider_message_ids=tuple(row["provider_message_ids"]),
        last_code=row["last_code"],
        last_reason=row["last_reason"],
        finished_at=row["finished_at"],
        approved_by=row["approved_by"],
    )


def attempt(row: Mapping[str, Any]) -> AttemptRecord:
    names = ("n", "started_at", "ended_at", "channel", "account", "method", "outcome", "code", "reason", "http_status")
    return AttemptRecord(**{name: row[name] for name in names})


def parked(row: Mapping[str, Any]) -> ParkedReceipt:
    return ParkedReceipt(
        account=row["account"],
        recipient=row["recipient"],
        provider_message_id=row["provider_message_id"],
        status=MessageStatus(row["status"]),
        reason=row["reason"],
        occurred_at=row["occurred_at"],
    )
