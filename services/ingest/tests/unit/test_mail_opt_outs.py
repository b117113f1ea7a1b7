"""People who want no more mail, or want it again, as the providers tell of them."""

import json
from typing import Any

from mail_house import drafts, hook

from contracts.inbound import ContactChanged


def _changes(channel: str, body: Any, content_type: str = "application/json") -> list[tuple[str, str]]:
    found = [draft.event for draft in drafts(hook(channel, body, content_type))]
    return [(one.contact.address.value, one.change.value) for one in found if isinstance(one, ContactChanged)]


def test_who_wants_no_more_mail() -> None:
    """Sources: Postmark "Subscription change webhook", Mailgun "Tracking unsubscribes", SendGrid's event reference, SES's events."""
    postmark = {
        "RecordType": "SubscriptionChange",
        "MessageID": "883953f4",
        "ChangedAt": "2020-02-01T10:53:34.416071Z",
        "Recipient": "Jo@example.com",
        "Origin": "Recipient",
        "SuppressSending": True,
        "SuppressionReason": "ManualSuppression",
    }
    assert _changes("postmark", postmark) == [("jo@example.com", "opted_out")]
    assert _changes("postmark", postmark | {"SuppressionReason": "HardBounce"}) == []
    assert _changes("postmark", postmark | {"SuppressSending": False, "SuppressionReason": None}) == [
        ("jo@example.com", "opted_in")
    ]
    mailgun = {
        "event-data": {"event": "unsubscribed", "id": "u1", "recipient": "jo@example.com", "timestamp": 1521243339.8}
    }
    assert _changes("mailgun", mailgun) == [("jo@example.com", "opted_out")]
    sendgrid = [
        {"event": name, "email": "jo@example.com", "timestamp": 1461095250, "sg_event_id": name}
        for name in ("unsubscribe", "group_unsubscribe")
    ]
    assert _changes("sendgrid", sendgrid) == [("jo@example.com", "opted_out")]
    ses = {
        "eventType": "Subscription",
        "mail": {"messageId": "0100", "destination": ["jo@example.com"]},
        "subscription": {
            "contactList": "all",
            "timestamp": "2022-01-12T01:00:17.910Z",
            "source": "UnsubscribeHeader",
            "newTopicPreferences": {"unsubscribeAll": True},
            "oldTopicPreferences": {"unsubscribeAll": False},
        },
    }
    assert _changes("ses", {"Type": "Notification", "MessageId": "n", "Message": json.dumps(ses)}) == [
        ("jo@example.com", "opted_out")
    ]
