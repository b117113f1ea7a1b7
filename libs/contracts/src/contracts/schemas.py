"""JSON Schemas of what writers may write, and of the files that people edit. A development tool."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema
from typing_extensions import override

from contracts.base import OpenEnum
from contracts.catalogue import EVENT_TYPES
from contracts.config import TenantConfig
from contracts.envelope import TYPE_PREFIX

DIALECT = "https://json-schema.org/draft/2020-12/schema"
OPEN = "x-open"
_BY_THE_TOOL = ("revision", "applied_at")


class WriterSchema(GenerateJsonSchema):
    """Closed objects; `x-open` marks an enum whose readers take a word they don't know as `unknown`."""

    @override
    def field_title_should_be_set(self, schema: Any) -> bool:
        return False

    @override
    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        return {**super().model_schema(schema), "additionalProperties": False}

    @override
    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        made = super().enum_schema(schema)
        return {**made, OPEN: True} if issubclass(schema["cls"], OpenEnum) else made

    @override
    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        return {**made, "additionalProperties": False} if "patternProperties" in made else made


def event_schemas() -> dict[str, JsonSchemaValue]:
    """By the event's name: its `data` as a writer may write it."""
    return {
        name: {"$schema": DIALECT, **event.model_json_schema(mode="serialization", schema_generator=WriterSchema)}
        for name, event in EVENT_TYPES.items()
    }


def tenant_file_schema() -> JsonSchemaValue:
    """One file of `config/<tenant>/`: some of a tenant's top-level keys, none of them required."""
    schema = TenantConfig.model_json_schema(mode="validation", schema_generator=WriterSchema)
    properties = {name: part for name, part in schema["properties"].items() if name not in _BY_THE_TOOL}
    return {
        "$schema": DIALECT,
        "$defs": schema["$defs"],
        "title": "TenantFile",
        "description": "A part of a tenant's configuration; all files of the folder together make the whole",
        "type": "object",
        "properties": properties,
        "additionalProperties": False,
    }


def envelope_schema() -> JsonSchemaValue:
    text = {"type": "string", "minLength": 1}
    properties: dict[str, JsonSchemaValue] = {
        "specversion": {"type": "string", "const": "1.0"},
        "id": {"type": "string", "format": "uuid", "description": "the event's identity for ever"},
        "source": {"type": "string", "pattern": "^/.+$", "description": "the service that made it"},
        "type": {"type": "string", "enum": [TYPE_PREFIX + name for name in EVENT_TYPES]},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"type": "string", "const": "application/json"},
        "tenant": text,
        "traceparent": text,
        "tracestate": text,
        "causationid": {"type": "string", "format": "uuid", "description": "the event or command it follows from"},
        "data": {"type": "object", "description": "as the schema of the type's name says"},
    }
    optional = {"traceparent", "tracestate", "causationid"}
    return {
        "$schema": DIALECT,
        "title": "Envelope",
        "description": "CloudEvents 1.0 in structured JSON",
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if name not in optional],
        "additionalProperties": False,
    }
