"""Reports about mail of ours, as mail systems write them."""

import pytest
from mail_house import drafts, hook

from contracts.inbound import ContactChange, ContactChanged, ReceiptReceived
from contracts.values import MessageStatus

DSN = (
    "From: Mail Delivery System <MAILER-DAEMON@mx.example.com>\r\nTo: support@acme.example\r\nMessage-ID: <dsn@mx>\r\nReturn-Path: <>\r\n"
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n"
    "--b\r\n\r\nSorry.\r\n--b\r\nContent-Type: message/delivery-status\r\n\r\n"
    "Reporting-MTA: dns; mx.example.com\r\n\r\nOriginal-Recipient: rfc822;Jo@example.com\r\n"
    "Final-Recipient: rfc822;jo@relay.example\r\nAction: {action}\r\n"
    "Status: {status}\r\n"
    "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n\r\n"
    "--b\r\nContent-Type: {kind}\r\n\r\nMessage-ID: <ours@acme.example>\r\n"
    "Subject: Re: x\r\n\r\n--b--\r\n"
)


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_bounce_is_a_failed_receipt_of_our_mail(kind: str) -> None:
    (draft,) = drafts(hook("email", DSN.format(action="failed", status="5.1.1", kind=kind).encode(), "message/rfc822"))
    event = draft.event
    assert isinstance(event, ReceiptReceived)
    assert (event.provider_message_id, event.status, event.conversation) == (
        "<ours@acme.example>",
        MessageStatus.FAILED,
        "jo@example.com",
    )
    assert (event.error_code, event.error_reason) == ("5.1.1", "550 5.1.1 no such user")


@pytest.mark.parametrize(
    ("action", "statuses"),
    [("delivered", [MessageStatus.DELIVERED]), ("relayed", [MessageStatus.SENT]), ("delayed", []), ("expanded", [])],
)
def test_other_reports(action: str, statuses: list[MessageStatus]) -> None:
    found = drafts(
        hook("email", DSN.format(action=action, status="2.0.0", kind="message/rfc822").encode(), "message/rfc822")
    )
    assert [draft.event.status for draft in found if isinstance(draft.event, ReceiptReceived)] == statuses
    assert len(found) == len(statuses)


def test_an_old_fashioned_bounce() -> None:
    source = (
        "From: MAILER-DAEMON@example.com\r\nX-Failed-Recipients: jo@example.com\r\n\r\n"
        "returned:\r\n\r\nMessage-ID: <ours@acme.example>\r\n"
    )
    (draft,) = drafts(hook("email", source.encode(), "message/rfc822"))
    assert isinstance(draft.event, ReceiptReceived)
    assert (draft.event.provider_message_id, draft.event.conversation) == ("<ours@acme.example>", "jo@example.com")


def test_a_complaint_fails_the_mail_and_ends_the_permission() -> None:
    source = (
        "From: fbl@isp.example\r\nContent-Type: multipart/report; report-type=feedback-report; "
        "boundary=b\r\n\r\n--b\r\n\r\nabuse\r\n--b\r\nContent-Type: message/feedback-report\r\n\r\n"
        "Feedback-Type: abuse\r\nOriginal-Rcpt-To: <jo@example.com>\r\n\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\nMessage-ID: <ours@acme.example>\r\n"
        "To: jo@example.com\r\n\r\nhi\r\n--b--\r\n"
    )
    receipt, change = (draft.event for draft in drafts(hook("email", source.encode(), "message/rfc822")))
    assert isinstance(receipt, ReceiptReceived)
    assert (receipt.provider_message_id, receipt.status, receipt.error_code) == (
        "<ours@acme.example>",
        MessageStatus.FAILED,
        "abuse",
    )
    assert isinstance(change, ContactChanged)
    assert (change.change, change.contact.address.value, change.detail) == (
        ContactChange.OPTED_OUT,
        "jo@example.com",
        "complaint",
    )
