"""E-mail goes on in the case that it answers, and never in another customer's."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.config import ChannelAccount
from contracts.outbound import SendAccepted, SendMethod, SendRequested
from contracts.values import Address, AddressKind, Contact, Content, ContentKind

pytestmark = pytest.mark.integration
OURS = "<ours-1@acme.example>"


def mail(house: Any, sender: str = "jo@example.com", *references: str, subject: str = "Order", **changes: Any) -> Any:
    address = Address(kind=AddressKind.EMAIL, value=sender)
    content = Content(kind=ContentKind.TEXT, text="届きません", subject=subject)
    stated = {"channel": "email", "account": "mail", "contact": Contact(address=address), "content": content}
    return house.line_message(sender, **stated | {"reply_handle": None, "references": references} | changes)


@pytest.fixture
async def answered(house: Any) -> UUID:
    """Jo's case, in which we answered by mail; resolved. A newer one of Jo's is resolved too."""
    config = house.tenant_config("acme", revision=2, channel_accounts=(ChannelAccount(id="mail", channel="email"),))
    house.configs.accept(config)
    case_id: UUID = await house.open_case(mail(house))
    assert (await house.reply(case_id)).status_code in (200, 201, 202)
    (request,) = await house.emitted(SendRequested)
    accepted = SendAccepted(
        message_id=request.message_id,
        case_id=case_id,
        conversation_id=request.paths[0].conversation_id,
        channel="email",
        account="mail",
        method=SendMethod.PUSH,
        provider_message_ids=("provider-id", OURS),
        attempts=1,
        accepted_at=datetime.now(UTC),
    )
    await house.deliver(accepted)
    await house.api.post(f"/v1/cases/{case_id}/resolve")
    return case_id


async def ended(house: Any, case_id: UUID, days_ago: int) -> None:
    async with house.transactions.begin("acme") as work:
        sql = "UPDATE customer_case SET resolved_at = now() - make_interval(days => $2) WHERE id = $1"
        assert await work.connection.execute(sql, case_id, days_ago) == "UPDATE 1"


async def newer_case(house: Any, case_id: UUID) -> UUID:
    """The first is made to have ended long ago, so that the next mail begins another; then both have ended lately."""
    await ended(house, case_id, 300)
    newer: UUID = await house.open_case(mail(house))
    assert newer != case_id
    await house.api.post(f"/v1/cases/{newer}/resolve")
    await ended(house, case_id, 1)
    return newer


async def status_of(house: Any, case_id: UUID) -> str:
    status: str = (await house.api.get(f"/v1/cases/{case_id}")).json()["status"]
    return status


@pytest.mark.parametrize("by", ["message id", "token"])
async def test_an_answer_reopens_the_case_that_it_answers_not_the_latest(house: Any, answered: UUID, by: str) -> None:
    newer = await newer_case(house, answered)
    reference = OURS if by == "message id" else f"madoguchi:case:{answered}"
    assert await house.open_case(mail(house, "jo@example.com", "<unknown@x>", reference)) == answered
    assert (await status_of(house, answered), await status_of(house, newer)) == ("open", "resolved")


async def test_an_open_case_takes_every_mail_of_its_customer(house: Any, answered: UUID) -> None:
    await newer_case(house, answered)
    open_case = await house.open_case(mail(house))
    assert await house.open_case(mail(house, "jo@example.com", f"madoguchi:case:{answered}", OURS)) == open_case


@pytest.mark.parametrize("reference", [OURS, "token"])
async def test_chatwoot_pr_13502_a_stranger_never_joins_another_customers_case(
    house: Any, answered: UUID, reference: str
) -> None:
    """seen: Chatwoot PR #13502: whoever had the reference landed in the conversation."""
    named = f"madoguchi:case:{answered}" if reference == "token" else reference
    strangers = await house.open_case(mail(house, "mallory@example.net", named))
    assert strangers != answered
    assert await house.customer_of("mail", "mallory@example.net") != await house.customer_of("mail", "jo@example.com")
    assert await status_of(house, answered) == "resolved"
    known = await house.open_case(mail(house, "mallory@example.net", named))
    assert known == strangers


async def test_zammad_5064_a_number_in_the_subject_joins_nothing(house: Any, answered: UUID) -> None:
    """seen: Zammad #5064: a mail joined a stranger's ticket by the number in its subject."""
    newer = await newer_case(house, answered)
    for subject in (f"Re: [Ticket#{answered}] Order", f"madoguchi:case:{answered}", f"[#{answered}]"):
        assert await house.open_case(mail(house, f"{uuid4().hex}@example.net", subject=subject)) not in (
            answered,
            newer,
        )
    assert await house.open_case(mail(house, subject=f"[Ticket#{answered}]")) == newer


async def test_a_case_that_ended_too_long_ago_is_not_reopened(house: Any, answered: UUID) -> None:
    await ended(house, answered, 300)
    assert await house.open_case(mail(house, "jo@example.com", OURS)) != answered


async def test_a_reference_that_is_no_case_changes_nothing(house: Any, answered: UUID) -> None:
    for reference in ("madoguchi:case:none", f"madoguchi:case:{uuid4()}", "<x@y>"):
        assert await house.open_case(mail(house, "jo@example.com", reference)) == answered
        await house.api.post(f"/v1/cases/{answered}/resolve")
