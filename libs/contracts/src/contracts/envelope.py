"""CloudEvents 1.0 in structured JSON: one envelope around every event."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import lru_cache
from json.encoder import encode_basestring as _quoted
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError
from pydantic_core import from_json, to_json

from contracts.base import Contract, format_instant, value
from contracts.catalogue import CONTRACT_WORDS, EVENT_TYPES

TYPE_PREFIX = "madoguchi."
MAX_VALUE_BYTES = 900_000
CONTENT_TYPE = b"application/cloudevents+json; charset=utf-8"
_CONTENT_HEADER = ("content-type", CONTENT_TYPE)
_T = TypeVar("_T")


class MalformedEvent(ValueError):
    """These bytes are not an event of ours. The message says where and why; it never quotes the content."""


class EventTooLarge(ValueError):
    """The encoded event exceeds MAX_VALUE_BYTES, which is below the broker's limit on purpose."""


@value
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

    def carrying(self, traceparent: str | None) -> "Envelope":
        """The same event on its way under this span."""
        return Envelope(
            self.id, self.tenant, self.source, self.time, self.data, traceparent, self.tracestate, self.causation_id
        )


def encode(envelope: Envelope) -> bytes:
    """Structured-mode JSON. Raises EventTooLarge, and MalformedEvent for a NUL in a text, which no reader takes."""
    return seal(
        to_json(envelope.data, timedelta_mode="iso8601", exclude_none=True),
        id=str(envelope.id),
        type=envelope.type,
        tenant=envelope.tenant,
        source=envelope.source,
        time=format_instant(envelope.time),
        traceparent=envelope.traceparent,
        tracestate=envelope.tracestate,
        causation_id=str(envelope.causation_id) if envelope.causation_id else None,
    )


def seal(
    data: bytes,
    *,
    id: str,
    type: str,
    tenant: str,
    source: str,
    time: str,
    traceparent: str | None = None,
    tracestate: str | None = None,
    causation_id: str | None = None,
) -> bytes:
    """The envelope around JSON that is made already. Raises as `encode`."""
    said, why = _said(source, type, time, tenant), _why(traceparent, tracestate, causation_id)
    value = b'{"specversion":"1.0","id":"%b"%b%b,"data":%b}' % (id.encode(), said, why, data)
    if len(value) > MAX_VALUE_BYTES:
        raise EventTooLarge(f"{type} {id} is {len(value)} bytes; the limit is {MAX_VALUE_BYTES}")
    if b"\\u0000" in value and _holds_nul(from_json(value)):
        raise MalformedEvent(f"{type} {id} holds a NUL character")
    return value


@lru_cache(maxsize=256)
def _said(source: str, type: str, time: str, tenant: str) -> bytes:
    """The same for all events of a kind that one transaction tells."""
    return (
        f',"source":{_quoted("/" + source)},"type":"{TYPE_PREFIX}{type}","time":"{time}",'
        f'"datacontenttype":"application/json","tenant":{_quoted(tenant)}'
    ).encode()


@lru_cache(maxsize=64)
def _why(traceparent: str | None, tracestate: str | None, causation_id: str | None) -> bytes:
    """The same for all events that follow from one."""
    more = f',"traceparent":{_quoted(traceparent)}' if traceparent else ""
    if tracestate:
        more += f',"tracestate":{_quoted(tracestate)}'
    if causation_id:
        more += f',"causationid":"{causation_id}"'
    return more.encode()


def headers_of(envelope: Envelope) -> list[tuple[str, bytes]]:
    """Kafka record headers: what tools and traces need without opening the value."""
    return headers(str(envelope.id), envelope.type, envelope.traceparent)


def headers(id: str, type: str, traceparent: str | None) -> list[tuple[str, bytes]]:
    made = [_CONTENT_HEADER, ("ce_id", id.encode()), _type_header(type)]
    if traceparent:
        made.append(("traceparent", traceparent.encode()))
    return made


@lru_cache(maxsize=512)
def _type_header(type: str) -> tuple[str, bytes]:
    return "ce_type", (TYPE_PREFIX + type).encode()


def decode(value: bytes | None) -> Envelope:
    """The reverse of `encode`. Raises MalformedEvent for anything else, and nothing else."""
    if not value:
        raise MalformedEvent("the value is empty")
    try:
        attributes = from_json(value, allow_inf_nan=False)
    except ValueError as error:
        raise MalformedEvent(f"not JSON: {error}") from None
    if not isinstance(attributes, dict):
        raise MalformedEvent("not a JSON object")
    if b"\\u0000" in value and _holds_nul(attributes):
        raise MalformedEvent("a text holds a NUL character")
    return _from_attributes(attributes)


def _from_attributes(attributes: dict[str, Any]) -> Envelope:
    if attributes.get("specversion") != "1.0":
        raise MalformedEvent("specversion is not 1.0")
    kind = EVENT_TYPES.get(_read(attributes, "type", _without_prefix))
    if kind is None:
        raise MalformedEvent("type is not in the catalogue")
    return Envelope(
        id=_read(attributes, "id", UUID),
        tenant=_read(attributes, "tenant", str),
        source=_read(attributes, "source", _service),
        time=_read(attributes, "time", _instant),
        data=_data(kind, attributes.get("data")),
        traceparent=_read_optional(attributes, "traceparent", str),
        tracestate=_read_optional(attributes, "tracestate", str),
        causation_id=_read_optional(attributes, "causationid", UUID),
    )


def _data(kind: type[Contract], data: object) -> Contract:
    try:
        return kind.model_validate(data, extra="ignore")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        where = ".".join(_without_content(part) for part in (kind.__name__, *first["loc"]))
    raise MalformedEvent(f"{where}: {first['type']}")


def _without_content(part: str | int) -> str:
    """A key of a mapping is content, a field's name or a position is not."""
    return str(part) if isinstance(part, int) or part in CONTRACT_WORDS else "*"


def _read(attributes: dict[str, Any], name: str, parse: Callable[[str], _T]) -> _T:
    text = attributes.get(name)
    if not isinstance(text, str) or not text:
        raise MalformedEvent(f"attribute {name} is missing or not a text")
    try:
        return parse(text)
    except (ValueError, OverflowError):
        raise MalformedEvent(f"attribute {name} is not readable") from None


def _read_optional(attributes: dict[str, Any], name: str, parse: Callable[[str], _T]) -> _T | None:
    return None if attributes.get(name) is None else _read(attributes, name, parse)


def _without_prefix(name: str) -> str:
    return name.removeprefix(TYPE_PREFIX) if name.startswith(TYPE_PREFIX) else ""


def _service(source: str) -> str:
    if not source.strip("/"):
        raise ValueError("names no service")
    return source.removeprefix("/")


def _instant(text: str) -> datetime:
    time = datetime.fromisoformat(text)
    if time.tzinfo is None:
        raise ValueError("no time zone")
    return time.astimezone(UTC)


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(_holds_nul(part) for pair in value.items() for part in pair)
    return isinstance(value, list) and any(map(_holds_nul, value))
