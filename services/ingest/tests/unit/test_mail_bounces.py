"""Reports about mail of ours, as mail systems write them."""

import pytest
from mail_house import drafts, hook

from contracts.inbound import ContactChange, ContactChanged, MessageReceived, ReceiptReceived, UnrecognisedReceived
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


def test_a_report_that_names_its_mail_elsewhere() -> None:
    """Gmail names it in In-Reply-To; Rockliffe sends headers as `message/rfc822-headers`."""
    gmail = DSN.format(action="failed", status="5.1.1", kind="text/plain").replace(
        "Return-Path", "In-Reply-To: <ours@acme.example>\r\nReturn-Path"
    )
    rockliffe = DSN.format(action="failed", status="4.2.2 (mailbox full)", kind="message/rfc822-headers").replace(
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\r\n", ""
    )
    told = [drafts(hook("email", source.encode(), "message/rfc822"))[0].event for source in (gmail, rockliffe)]
    assert all(
        isinstance(event, ReceiptReceived) and event.provider_message_id == "<ours@acme.example>" for event in told
    )
    assert [getattr(event, "error_code", None) for event in told] == ["5.1.1", "4.2.2"]
    assert getattr(told[1], "error_reason", None) == "mailbox full"


def test_a_report_that_names_no_mail_is_kept() -> None:
    source = DSN.format(action="failed", status="5.1.1", kind="text/plain")
    (draft,) = drafts(hook("email", source.encode(), "message/rfc822"))
    assert isinstance(draft.event, UnrecognisedReceived)
    assert [file.content for file in draft.files] == [source.encode()]


def test_a_report_that_a_customer_forwards_is_a_mail() -> None:
    report = DSN.format(action="failed", status="5.1.1", kind="message/rfc822")
    source = (
        "From: jo@example.com\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n"
        f"--o\r\n\r\nWhy?\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n{report}\r\n--o--\r\n"
    )
    (draft,) = drafts(hook("email", source.encode(), "message/rfc822"))
    assert isinstance(draft.event, MessageReceived)
    assert draft.event.content.text == "Why?"


def test_qmails_prose() -> None:
    source = (
        "From: MAILER-DAEMON@mx.example.com\r\nSubject: failure notice\r\n\r\nHi. This is the qmail-send program at mx.example.com.\r\n\r\n"
        "<jo@example.com>:\r\n192.0.2.1 failed after I sent the message.\r\nRemote host said: 550 5.1.1 User unknown\r\n\r\n"
        "--- Below this line is a copy of the message.\r\n\r\nMessage-ID: <ours@acme.example>\r\n"
    )
    (draft,) = drafts(hook("email", source.encode(), "message/rfc822"))
    assert isinstance(draft.event, ReceiptReceived)
    assert (draft.event.conversation, draft.event.error_code) == ("jo@example.com", "5.1.1")
    assert draft.event.error_reason == "Remote host said: 550 5.1.1 User unknown"


@pytest.mark.parametrize(
    ("disposition", "status"), [("displayed", "read"), ("processed", "delivered"), ("deleted", None)]
)
def test_a_receipt_that_a_mail_program_sends(disposition: str, status: str | None) -> None:
    """RFC 8098."""
    source = (
        "From: jo@example.com\r\nSubject: Read: Re: x\r\nContent-Type: multipart/report; report-type=disposition-notification; "
        "boundary=b\r\n\r\n"
        "--b\r\n\r\nYour message was read.\r\n--b\r\nContent-Type: message/disposition-notification\r\n\r\n"
        "Final-Recipient: rfc822;jo@example.com\r\nOriginal-Message-ID: <ours@acme.example>\r\n"
        f"Disposition: manual-action/MDN-sent-manually; {disposition}\r\n\r\n--b--\r\n"
    )
    found = [draft.event for draft in drafts(hook("email", source.encode(), "message/rfc822"))]
    told = [
        (one.provider_message_id, one.status.value, one.conversation)
        for one in found
        if isinstance(one, ReceiptReceived)
    ]
    assert told == ([("<ours@acme.example>", status, "jo@example.com")] if status else [])
    assert len(found) == len(told)
