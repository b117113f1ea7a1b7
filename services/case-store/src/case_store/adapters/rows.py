"""Rows as the domain's values."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pydantic import TypeAdapter

from case_store.domain.case import Case, CaseStatus
from case_store.domain.customer import AddressKey, ContactPoint, Customer, CustomerKind
from case_store.domain.message import MessageState
from case_store.domain.reply_paths import Route

Row = Mapping[str, Any]
PAUSES: Final = TypeAdapter(dict[str, datetime])

CUSTOMER: Final = (
    "cu.id, cu.kind, cu.display_name, cu.tier, cu.entitlement, cu.organisation, cu.tags, cu.language, cu.revision"
)
CASE: Final = (
    "c.id, c.customer_id, c.status, c.opened_at, c.resolved_at, c.work_requested, c.last_agent_id, c.merged_into, c.subject,"
    " c.tags, c.fields::text AS fields, c.priority, c.pauses::text AS pauses, c.answered_at, c.reopened, c.resolution, c.revision"
)
MESSAGE: Final = "m.id, m.case_id, m.conversation_id, m.direction, m.status, m.edited_at, m.unsent_at"


def customer(row: Row) -> Customer:
    return Customer(
        id=row["id"],
        kind=CustomerKind(row["kind"]),
        display_name=row["display_name"],
        tier=row["tier"],
        entitlement=row["entitlement"],
        organisation=row["organisation"],
        tags=tuple(row["tags"]),
        language=row["language"],
        revision=row["revision"],
    )


def contact_point(row: Row) -> ContactPoint:
    return ContactPoint(
        id=row["point_id"],
        customer_id=row["customer_id"],
        channel=row["channel"],
        account=row["account"],
        address=AddressKey(row["address_kind"], row["address"]),
        display_name=row["point_name"],
        blocked=row["state"] == "blocked",
    )


def route(row: Row, **handle: Any) -> Route:
    """`handle` is what only a sender needs: reply token and thread."""
    return Route(
        conversation_id=row["id"],
        channel=row["channel"],
        account=row["account"],
        address=AddressKey(row["address_kind"], row["address"]),
        last_inbound_at=row["last_inbound_at"],
        last_received_at=row["last_received_at"],
        window_closes_at=row["window_closes_at"],
        **handle,
    )


def case(row: Row) -> Case:
    return Case(
        id=row["id"],
        customer_id=row["customer_id"],
        status=CaseStatus(row["status"]),
        opened_at=row["opened_at"],
        resolved_at=row["resolved_at"],
        work_requested=row["work_requested"],
        last_agent_id=row["last_agent_id"],
        merged_into=row["merged_into"],
        subject=row["subject"],
        tags=tuple(row["tags"]),
        fields=json.loads(row["fields"]),
        priority=row["priority"],
        pauses=PAUSES.validate_json(row["pauses"]),
        answered_at=row["answered_at"],
        reopened=row["reopened"],
        resolution=row["resolution"],
        revision=row["revision"],
    )


def message(row: Row) -> MessageState:
    return MessageState(
        id=row["id"],
        case_id=row["case_id"],
        conversation_id=row["conversation_id"],
        inbound=row["direction"] == "in",
        status=row["status"],
        edited_at=row["edited_at"],
        unsent_at=row["unsent_at"],
    )
