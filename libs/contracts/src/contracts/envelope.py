"""CloudEvents 1.0 in structured JSON: one envelope around every event."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from contracts.base import Contract, format_instant
from contracts.catalogue import EVENT_TYPES

TYPE_PREFIX = "madoguchi."
MAX_VALUE_BYTES = 900_000
CONTENT_TYPE = b"application/cloudevents+json; charset=utf-8"


class MalformedEvent(ValueError):
    """These bytes are not an event of ours. The message says where and why; it never quotes the content."""


class EventTooLarge(ValueError):
    """The encoded event exceeds MAX_VALUE_BYTES, which is below the broker's limit on purpose."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """`id` is the event's identity for ever: the same event produced twice has the same id.

    `source` is the service that made it, `causation_id` the id of the event or command it follows from.
    """

    id: UUID
    tenant: str
    source: str
    time: datetime
    data: Contract
    traceparent: str | None = None
    tracestate: str | None = None
    causation_id: UUID | None = None

    @property
    def type(self) -> str:
        return type(self.data).__name__


def encode(envelope: Envelope) -> bytes:
    """Structured-mode JSON. Raises EventTooLarge."""
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": str(envelope.id),
        "source": f"/{envelope.source}",
        "type": TYPE_PREFIX + envelope.type,
        "time": format_instant(envelope.time),
        "datacontenttype": "application/json",
        "tenant": envelope.tenant,
    }
    optional = {
        "traceparent": envelope.traceparent,
        "tracestate": envelope.tracestate,
        "causationid": str(envelope.causation_id) if envelope.causation_id else None,
    }
    attributes |= {name: value for name, value in optional.items() if value}
    attributes["data"] = envelope.data
    value = to_json(attributes, timedelta_mode="iso8601", exclude_none=True)
    if len(value) > MAX_VALUE_BYTES:
        raise EventTooLarge(f"{envelope.type} {envelope.id} is {len(value)} bytes; the limit is {MAX_VALUE_BYTES}")
    return value


def headers_of(envelope: Envelope) -> list[tuple[str, bytes]]:
    """Kafka record headers: what tools and traces need without opening the value."""
    headers = [
        ("content-type", CONTENT_TYPE),
        ("ce_id", str(envelope.id).encode()),
        ("ce_type", (TYPE_PREFIX + envelope.type).encode()),
    ]
    if envelope.traceparent:
        headers.append(("traceparent", envelope.traceparent.encode()))
    return headers


def decode(value: bytes | None) -> Envelope:
    """The reverse of `encode`. Raises MalformedEvent for anything else, and nothing else."""
    if not value:
        raise MalformedEvent("the value is empty")
    try:
        attributes = from_json(value)
    except ValueError as error:
        raise MalformedEvent(f"not JSON: {error}") from error
    if not isinstance(attributes, dict):
        raise MalformedEvent("not a JSON object")
    return _from_attributes(attributes)


def _from_attributes(attributes: dict[str, Any]) -> Envelope:
    if attributes.get("specversion") != "1.0":
        raise MalformedEvent("specversion is not 1.0")
    kind = EVENT_TYPES.get(str(attributes.get("type", "")).removeprefix(TYPE_PREFIX))
    if kind is None:
        raise MalformedEvent("type is not in the catalogue")
    try:
        causation = attributes.get("causationid")
        return Envelope(
            id=UUID(attributes["id"]),
            tenant=_text(attributes["tenant"]),
            source=_text(attributes["source"]).removeprefix("/"),
            time=datetime.fromisoformat(attributes["time"]),
            data=kind.model_validate(attributes["data"]),
            traceparent=attributes.get("traceparent"),
            tracestate=attributes.get("tracestate"),
            causation_id=UUID(causation) if causation else None,
        )
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise MalformedEvent(f"{kind.__name__}.{where}: {first['msg']}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MalformedEvent(f"envelope attribute missing or wrong: {type(error).__name__} {error}") from error


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("not a non-empty string")
    return value
