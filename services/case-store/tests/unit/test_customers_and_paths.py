from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from case_store.domain.case import Case, CaseStatus
from case_store.domain.customer import (
    AddressKey,
    ContactPoint,
    Customer,
    CustomerKind,
    KnownContact,
    best_known,
)
from case_store.domain.linking import CaseFate, decide_fate
from case_store.domain.message import MessageState, takes_edit
from case_store.domain.reply_paths import Route, order, without_spare_handles
from case_store.domain.routing_view import RoutingView, SlaClock, with_clock, with_work
from case_store.domain.shared_threads import addresses_of_one

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BSUID, PHONE = AddressKey("whatsapp_bsuid", "B1"), AddressKey("phone", "+81312345678")
USER, GROUP = AddressKey("line_user", "U1"), AddressKey("line_group", "C1")


def known(address: AddressKey, customer: int) -> KnownContact:
    person = Customer(UUID(int=customer), CustomerKind.PERSON)
    return KnownContact(ContactPoint(UUID(int=customer + 100), person.id, "x", "a", address), person)


def route(number: int, minutes_ago: int, token: str | None = None, expires: int = 1) -> Route:
    expires_at = NOW + timedelta(minutes=expires) if token else None
    at = NOW - timedelta(minutes=minutes_ago)
    return Route(UUID(int=number), "line", "a", USER, at, at, token, expires_at)


def test_a_member_of_a_group_is_not_the_group() -> None:
    assert addresses_of_one(GROUP, [USER]) == (GROUP,)
    assert addresses_of_one(USER, [GROUP]) == (USER,)
    assert addresses_of_one(BSUID, [PHONE, BSUID, PHONE]) == (BSUID, PHONE)


def test_the_stable_address_decides_who_it_is() -> None:
    by_phone, by_bsuid = known(PHONE, 1), known(BSUID, 2)
    assert best_known([by_phone, by_bsuid], (BSUID, PHONE)) is by_bsuid
    assert best_known([by_phone], (BSUID, PHONE)) is by_phone
    assert best_known([], (BSUID, PHONE)) is None


def test_the_way_the_customer_came_last_is_tried_first_unless_another_is_asked_for() -> None:
    routes = [route(1, 30), route(2, 5), route(3, 60)]
    assert [r.conversation_id.int for r in order(routes)] == [2, 1, 3]
    assert [r.conversation_id.int for r in order(routes, UUID(int=3))] == [3, 2, 1]


@pytest.mark.parametrize(("expires", "kept"), [(1, True), (0, False), (-1, False)])
def test_only_the_first_way_takes_a_reply_handle_and_only_a_living_one(expires: int, kept: bool) -> None:
    first, second = without_spare_handles([route(1, 1, "a", expires), route(2, 2, "b")], NOW)
    assert (first.reply_token == "a") is kept
    assert second.reply_token is None
    assert second.reply_expires_at is None


OPEN = Case(UUID(int=1), UUID(int=2), CaseStatus.OPEN, NOW)


@pytest.mark.parametrize(
    ("previous", "target", "concerned", "may_merge", "fate"),
    [
        (None, OPEN, True, False, CaseFate.STAYS),
        (OPEN, OPEN, False, False, CaseFate.STAYS),
        (OPEN, None, True, False, CaseFate.MOVES),
        (OPEN, OPEN, True, False, CaseFate.CONFLICTS),
        (OPEN, OPEN, True, True, CaseFate.MERGES),
    ],
)
def test_a_linked_contact_point_brings_its_case(
    previous: Case | None, target: Case | None, concerned: bool, may_merge: bool, fate: CaseFate
) -> None:
    assert decide_fate(previous, target, concerned=concerned, may_merge=may_merge) is fate


def test_an_older_edit_and_an_edit_after_a_take_back_change_nothing() -> None:
    message = MessageState(UUID(int=1), UUID(int=2), UUID(int=3), inbound=True, edited_at=NOW)
    gone = MessageState(UUID(int=1), UUID(int=2), UUID(int=3), inbound=True, unsent_at=NOW)
    second = timedelta(seconds=1)
    assert takes_edit(message, NOW + second)
    assert not takes_edit(message, NOW - second)
    assert not takes_edit(gone, NOW + second)


def test_an_older_routing_event_changes_nothing_and_the_last_agent_is_remembered() -> None:
    assigned = with_work(RoutingView(), {"work_state": "assigned", "agent_id": "aiko"}, NOW)
    assert with_work(assigned, {"work_state": "queued"}, NOW - timedelta(seconds=1)) == assigned
    done = with_work(assigned, {"work_state": "done", "agent_id": None}, NOW)
    assert (done.work_state, done.agent_id, done.last_agent_id) == ("done", None, "aiko")


def test_each_sla_metric_keeps_its_own_newest_entry() -> None:
    running = SlaClock("running", "gold", NOW, NOW + timedelta(hours=1))
    fulfilled = SlaClock("fulfilled", "gold", NOW + timedelta(minutes=1))
    view = with_clock(with_clock(RoutingView(), "first_response", fulfilled), "first_response", running)
    view = with_clock(view, "resolution", running)
    assert dict(view.sla) == {"first_response": fulfilled, "resolution": running}


def test_inside_one_second_the_order_of_arrival_decides() -> None:
    """WhatsApp tells whole seconds: its message seems older than one on LINE that was written before it."""
    line = replace(route(1, 0), last_inbound_at=NOW + timedelta(milliseconds=300), last_received_at=NOW)
    whatsapp = replace(route(2, 0), last_inbound_at=NOW, last_received_at=NOW + timedelta(milliseconds=600))
    assert [each.conversation_id.int for each in order([line, whatsapp])] == [2, 1]
    late = replace(route(3, 0), last_inbound_at=NOW - timedelta(seconds=5), last_received_at=NOW + timedelta(seconds=9))
    assert order([line, whatsapp, late])[-1] == late
