"""A word after the end: the case comes back with its age, or rests, as the policy says."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.cases import CaseReopened, MessageAdded
from contracts.config import ClosingThanks, SlaPolicy, SlaTarget
from contracts.routing import WorkRequested
from contracts.sla import SlaApplied
from contracts.values import Content, ContentKind

pytestmark = pytest.mark.integration


async def resolved_case(house, **thanks: Any) -> Any:
    target = SlaTarget(metric="first_response", target=timedelta(minutes=5))
    policy = SlaPolicy(id="gold", targets=(target,), closing_thanks=ClosingThanks(**thanks))
    house.configs.accept(house.tenant_config("acme", revision=2, sla_policies=(policy,)))
    case_id = await house.open_case()
    stated: dict[str, Any] = {"policy": "gold", "policy_revision": 1, "target_ms": 1, "remaining_ms": 1}
    await house.deliver(SlaApplied(case_id=case_id, metric="first_response", cause="x", at=datetime.now(UTC), **stated))
    await house.reply(case_id)
    await house.api.post(f"/v1/cases/{case_id}/resolve")
    await house.emitted()
    return case_id


async def status(house, case_id: object) -> str:
    return str((await house.api.get(f"/v1/cases/{case_id}")).json()["status"])


async def test_a_message_after_the_end_reopens_with_the_age_of_the_case(house) -> None:
    case_id = await resolved_case(house)
    opened_at = (await house.api.get(f"/v1/cases/{case_id}")).json()["opened_at"]
    await house.deliver(house.line_message(text="まだ届きません。どうなっていますか。"))
    reopened, _, asked = await house.emitted()
    assert (type(reopened), type(asked)) == (CaseReopened, WorkRequested)
    assert (asked.case.id, asked.case.reopened, asked.asked_by_message) == (case_id, True, True)
    assert asked.case.model_dump(mode="json")["opened_at"] == opened_at
    shown = (await house.api.get(f"/v1/cases/{case_id}")).json()
    assert (shown["status"], shown["resolution"], shown["opened_at"]) == ("open", None, opened_at)


async def test_thanks_reopen_by_default_and_the_router_sees_them_for_what_they_are(house) -> None:
    case_id = await resolved_case(house)
    await house.deliver(house.line_message(text="ありがとう"))
    (asked,) = await house.emitted(WorkRequested)
    assert (asked.message.text, asked.asked_by_message, await status(house, case_id)) == ("ありがとう", True, "open")


async def test_thanks_rest_where_the_policy_lets_them(house) -> None:
    case_id = await resolved_case(house, reopens=False)
    await house.deliver(house.line_message(text="ありがとう"))
    (added,) = await house.emitted()
    assert (type(added), added.case_id, added.seq) == (MessageAdded, case_id, 3)
    assert await status(house, case_id) == "resolved"


async def test_what_may_ask_for_something_reopens(house) -> None:
    picture = Content(kind=ContentKind.IMAGE, text="見て")
    late = datetime.now(UTC) + timedelta(minutes=16)
    for change in ({"text": "x" * 41}, {"content": picture}, {"received_at": late, "text": "ありがとう"}):
        case_id = await resolved_case(house, reopens=False)
        await house.deliver(house.line_message(**change))
        assert await status(house, case_id) == "open", change
        await house.api.post(f"/v1/cases/{case_id}/resolve")


async def test_long_thanks_are_known_by_their_words(house) -> None:
    case_id = await resolved_case(house, reopens=False, max_characters=0, matches="^(thanks|thank you)")
    await house.deliver(house.line_message(text="thank you so much for all that you have done for us"))
    assert await status(house, case_id) == "resolved"
    await house.deliver(house.line_message(text="please call"))
    assert await status(house, case_id) == "open"


async def test_a_pattern_that_is_wrong_lets_nothing_rest(house) -> None:
    case_id = await resolved_case(house, reopens=False, max_characters=0, matches="(")
    await house.deliver(house.line_message(text="thanks"))
    assert await status(house, case_id) == "open"
