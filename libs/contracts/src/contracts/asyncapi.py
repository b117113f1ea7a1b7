"""The AsyncAPI 3 document, from the cards, the catalogue and the golden examples. A development tool."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from contracts.cards import Card
from contracts.catalogue import EVENT_TYPES
from contracts.envelope import CONTENT_TYPE, MAX_VALUE_BYTES, TYPE_PREFIX

Node = dict[str, Any]


def document(cards: Sequence[Card], examples: Path) -> Node:
    """Schemas are referred to as files beside the document."""
    events = [event for card in cards for event in card.events]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Madoguchi events",
            "version": "1.0.0",
            "description": "Generated from libs/contracts by `python -m contracts.generate`. Versions are additive: readers "
            "ignore fields they don't know and take an unknown word of an `x-open` list as `unknown`. "
            f"A record's value has at most {MAX_VALUE_BYTES} bytes.",
        },
        "defaultContentType": CONTENT_TYPE.decode().partition(";")[0],
        "channels": {_channel_id(card): _channel(card) for card in cards},
        "operations": {name: made for card in cards for name, made in _operations(card)},
        "components": {
            "messages": {event: _message(event, card, examples) for card in cards for event in card.events},
            "schemas": {event: {"$ref": f"./schemas/{event}.json"} for event in events},
        },
    }


def _channel_id(card: Card) -> str:
    return card.name.replace(".", "_")


def _channel(card: Card) -> Node:
    configuration: Node = {"cleanup.policy": [card.cleanup]}
    if card.retention_hours is not None:
        configuration["retention.ms"] = card.retention_hours * 3_600_000
    return {
        "address": card.name,
        "description": card.description,
        "messages": {event: {"$ref": f"#/components/messages/{event}"} for event in card.events},
        "bindings": {"kafka": {"topic": card.name, "partitions": card.partitions, "topicConfiguration": configuration}},
        "x-dead-letters": card.dead_letters,
    }


def _operations(card: Card) -> list[tuple[str, Node]]:
    def operation(service: str, action: str) -> tuple[str, Node]:
        name = f"{service}.{action}.{card.name}"
        return name, {
            "action": action,
            "channel": {"$ref": f"#/channels/{_channel_id(card)}"},
            "summary": f"{service} {'writes' if action == 'send' else 'reads'} {card.name}",
            "tags": [{"name": service}],
        }

    return [operation(one, "send") for one in card.written_by] + [operation(one, "receive") for one in card.read_by]


def _message(event: str, card: Card, examples: Path) -> Node:
    example = json.loads((examples / card.name / f"{event}.json").read_text("utf-8"))
    return {
        "name": event,
        "title": event,
        "summary": (EVENT_TYPES[event].__doc__ or event).strip().partition("\n")[0],
        "headers": _headers(TYPE_PREFIX + event),
        "payload": {
            "allOf": [
                {"$ref": "./schemas/envelope.json"},
                {
                    "type": "object",
                    "properties": {
                        "type": {"const": TYPE_PREFIX + event},
                        "data": {"$ref": f"#/components/schemas/{event}"},
                    },
                },
            ]
        },
        "bindings": {"kafka": {"key": {"type": "string", "description": card.key}}},
        "examples": [{"name": event, "payload": example}],
    }


def _headers(type_name: str) -> Node:
    return {
        "type": "object",
        "required": ["content-type", "ce_id", "ce_type"],
        "properties": {
            "content-type": {"const": CONTENT_TYPE.decode()},
            "ce_id": {"type": "string", "format": "uuid"},
            "ce_type": {"const": type_name},
            "traceparent": {"type": "string"},
        },
    }
