"""Messages in pieces, answers given elsewhere, files that come later, "read up to", calls and machines that write."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from case_store.handlers.ports import Part
from case_store.handlers.receive_part import joined
from contracts.cases import HistoryAmended, HistoryAmendment, MessageAdded, MessageStatusChanged
from contracts.inbound import (
    AttachmentFetched,
    MessageEchoed,
    MessagePartReceived,
    MessageUnsent,
    ReceiptReceived,
)
from contracts.outbound import SendAccepted, SendMethod
from contracts.routing import AgentReplied, CustomerWrote, WorkRequested
from contracts.values import (
    Address,
    AddressKind,
    Attachment,
    AuthorKind,
    Call,
    CallStatus,
    Contact,
    Content,
    ContentKind,
    MessageStatus,
)

pytestmark = pytest.mark.integration
PHONE = "+819012345678"


def event(kind: Any, house: Any, **fields: Any) -> Any:
    """About the WhatsApp conversation of PHONE."""
    like = house.whatsapp_message(PHONE)
    names = ("channel", "account", "conversation", "occurred_at", "received_at")
    stated = {name: getattr(like, name) for name in names} | {"provider_event_id": uuid4().hex}
    if "contact" in kind.model_fields:
        stated["contact"] = Contact(address=Address(kind=AddressKind.PHONE, value=PHONE))
    return kind(**stated | fields)


def part(house: Any, index: int, text: str, reference: str = "187") -> MessagePartReceived:
    content = Content(kind=ContentKind.TEXT, text=text)
    return event(
        MessagePartReceived,
        house,
        provider_message_id=f"sms-{reference}-{index}",
        reference=reference,
        index=index,
        total=3,
        content=content,
    )


async def history(house: Any, case_id: Any) -> list[Any]:
    return (await house.api.get(f"/v1/cases/{case_id}/messages")).json()["items"]


@pytest.mark.parametrize("order", [(1, 2, 3), (3, 1, 2), (2, 3, 1)])
async def test_pieces_become_one_message_in_whatever_order_they_come(house: Any, order: tuple[int, ...]) -> None:
    words = {1: "ご注文の", 2: "品が", 3: "届きません。"}
    for index in order:
        await house.deliver(part(house, index, words[index]))
    told = await house.emitted()
    (added,) = [one for one in told if isinstance(one, MessageAdded)]
    edits = [one for one in told if isinstance(one, HistoryAmended)]
    assert [one.amendment for one in edits] == [HistoryAmendment.EDITED] * 2
    assert len([one for one in told if isinstance(one, WorkRequested)]) == 1
    (message,) = await history(house, added.case_id)
    assert message["content"]["text"] == "ご注文の品が届きません。"


async def test_pieces_of_two_messages_stay_apart(house: Any) -> None:
    await house.deliver(part(house, 1, "a", "1"), part(house, 1, "b", "2"), part(house, 2, "c", "1"))
    case_id = next(one.case_id for one in await house.emitted() if isinstance(one, MessageAdded))
    assert [one["content"]["text"] for one in await history(house, case_id)] == ["ac", "b"]


def test_a_gap_is_shown() -> None:
    now: Any = None
    assert joined([Part(1, "one ", "a", now), Part(3, "three", "b", now)]) == "one …three"
    assert joined([Part(2, "two", "a", now)]) == "…two"


async def test_an_answer_given_elsewhere_joins_the_case_and_stops_clocks(house: Any) -> None:
    case_id = await house.open_case(house.whatsapp_message(PHONE))
    await house.emitted()
    echo = event(
        MessageEchoed,
        house,
        provider_message_id="wamid.echo",
        content=Content(kind=ContentKind.TEXT, text="明日お届けします"),
        by="phone app",
    )
    await house.deliver(echo)
    added, replied = await house.emitted()
    assert (type(added), type(replied)) == (MessageAdded, AgentReplied)
    assert (added.case_id, added.author.kind) == (case_id, AuthorKind.AGENT)
    _, message = await history(house, case_id)
    assert (message["direction"], message["status"], message["author_name"]) == ("out", "sent", "phone app")


async def test_an_echo_of_what_we_sent_is_known(house: Any) -> None:
    case_id = await house.open_case(house.whatsapp_message(PHONE))
    sent = (await house.reply(case_id)).json()
    await house.deliver(accepted(sent, "wamid.ours", house))
    await house.deliver(
        event(MessageEchoed, house, provider_message_id="wamid.ours", content=Content(kind=ContentKind.TEXT), by="app")
    )
    assert len(await history(house, case_id)) == 2


async def test_an_echo_to_a_stranger_opens_a_case_that_wakes_nobody(house: Any) -> None:
    content = Content(kind=ContentKind.TEXT, text="ご案内です")
    await house.deliver(event(MessageEchoed, house, provider_message_id="w", content=content, by="app"))
    told = await house.emitted()
    assert not [one for one in told if isinstance(one, WorkRequested)]
    await house.deliver(house.whatsapp_message(PHONE))
    assert [type(one) for one in await house.emitted(WorkRequested)] == [WorkRequested]


async def test_a_file_that_comes_later_is_shown_with_its_message(house: Any) -> None:
    picture = Attachment(kind=ContentKind.IMAGE, provider_media_id="7")
    content = Content(kind=ContentKind.IMAGE, attachments=(picture, picture))
    message = house.whatsapp_message(PHONE, content=content)
    fetched = Attachment(kind=ContentKind.IMAGE, provider_media_id="7", mime="image/png", object_key="files/acme/9f")
    came = event(AttachmentFetched, house, provider_message_id=message.provider_message_id, index=1, attachment=fetched)
    await house.deliver(came)
    case_id = await house.open_case(message)
    (shown,) = await history(house, case_id)
    first, second = shown["content"]["attachments"]
    assert (first.get("object_key"), second["object_key"], second["mime"]) == (None, "files/acme/9f", "image/png")
    (amended,) = await house.emitted(HistoryAmended)
    assert (amended.amendment, amended.attachment_index) == (HistoryAmendment.ATTACHED, 1)


@pytest.mark.parametrize("index", [2, -1])
async def test_a_file_of_no_attachment_changes_nothing(house: Any, index: int) -> None:
    message = house.whatsapp_message(PHONE)
    case_id = await house.open_case(message)
    fetched = event(
        AttachmentFetched,
        house,
        provider_message_id=message.provider_message_id,
        index=index,
        attachment=Attachment(kind=ContentKind.IMAGE),
    )
    before = await history(house, case_id)
    await house.deliver(fetched)
    assert await history(house, case_id) == before


async def test_a_message_taken_back_keeps_no_file(house: Any) -> None:
    content = Content(kind=ContentKind.IMAGE, attachments=(Attachment(kind=ContentKind.IMAGE, provider_media_id="7"),))
    message = house.whatsapp_message(PHONE, content=content)
    case_id = await house.open_case(message)
    await house.deliver(event(MessageUnsent, house, provider_message_id=message.provider_message_id))
    fetched = Attachment(kind=ContentKind.IMAGE, object_key="files/acme/9f")
    named = {"provider_message_id": message.provider_message_id, "index": 0, "attachment": fetched}
    await house.deliver(event(AttachmentFetched, house, **named))
    (shown,) = await history(house, case_id)
    assert not shown["content"].get("attachments")


def accepted(sent: dict[str, Any], provider_id: str, house: Any) -> SendAccepted:
    return SendAccepted(
        message_id=sent["message_id"],
        case_id=sent["case_id"],
        conversation_id=sent["conversation_id"],
        channel="whatsapp",
        account="wa-main",
        method=SendMethod.FREE_FORM,
        provider_message_ids=(provider_id,),
        attempts=1,
        accepted_at=house.whatsapp_message().received_at,
    )


async def test_read_up_to_reads_what_was_sent_until_then(house: Any) -> None:
    case_id = await house.open_case(house.whatsapp_message(PHONE))
    sent = [(await house.reply(case_id, text)).json() for text in ("一", "二", "三")]
    for number in (0, 1):
        await house.deliver(accepted(sent[number], f"w{number}", house))
    await house.emitted()
    until = house.whatsapp_message().received_at + timedelta(seconds=1)
    read = event(ReceiptReceived, house, provider_message_id="", up_to=until, status=MessageStatus.READ)
    await house.deliver(read)
    changed = await house.emitted(MessageStatusChanged)
    assert [(str(one.message_id), one.status) for one in changed] == [
        (one["message_id"], MessageStatus.READ) for one in sent[:2]
    ]
    earlier = event(
        ReceiptReceived, house, provider_message_id="", up_to=until - timedelta(hours=1), status=MessageStatus.READ
    )
    await house.deliver(accepted(sent[2], "w2", house), tenant="acme")
    await house.emitted()
    await house.deliver(earlier)
    assert await house.emitted(MessageStatusChanged) == []


@pytest.mark.parametrize(
    ("status", "wakes"),
    [
        (CallStatus.MISSED, True),
        (CallStatus.VOICEMAIL, True),
        (CallStatus.CALLBACK_REQUESTED, True),
        (CallStatus.RINGING, False),
        (CallStatus.COMPLETED, False),
        (CallStatus.TRANSCRIBED, False),
    ],
)
async def test_a_call_is_an_entry_and_some_are_work(house: Any, status: CallStatus, wakes: bool) -> None:
    content = Content(kind=ContentKind.CALL, call=Call(id="CA1", status=status))
    await house.deliver(house.whatsapp_message(PHONE, content=content))
    told = await house.emitted()
    assert [type(one) for one in told if isinstance(one, MessageAdded)] == [MessageAdded]
    assert bool([one for one in told if isinstance(one, WorkRequested)]) is wakes


async def test_a_machines_note_is_filed_and_wakes_nobody(house: Any) -> None:
    case_id = await house.open_case(house.whatsapp_message(PHONE))
    await house.emitted()
    await house.deliver(house.whatsapp_message(PHONE, "ただいま不在です", automatic=True))
    (added,) = await house.emitted()
    assert (added.case_id, added.automatic) == (case_id, True)
    assert await house.emitted(CustomerWrote) == []
