"""SendGrid's event webhook: a list of what became of mail of ours. Source: "Event Webhook Reference"."""

from datetime import timedelta
from typing import Final

from contracts.inbound import ContactChange
from ingest.channels.email.filing import file_change, file_report
from ingest.domain.mail import headers as head
from ingest.domain.mail.bounces import Fate, Report
from ingest.domain.shape import Json, Unreadable, instant_if_any, mapping, text
from ingest.domain.unrecognised import keep
from ingest.domain.webhook import Draft, Webhook

OUR_ID: Final = "madoguchi_message_id"
"""The custom argument that the notifier gives every mail: our Message-ID."""

_FATES: Final = {
    "processed": Fate.ACCEPTED,
    "delivered": Fate.DELIVERED,
    "open": Fate.READ,
    "click": Fate.READ,
    "bounce": Fate.FAILED,
    "dropped": Fate.FAILED,
    "spamreport": Fate.COMPLAINED,
}
_NO_NEWS: Final = frozenset({"deferred", "group_unsubscribe", "group_resubscribe", "account_status_change"})
"""A group is of marketing mail; ours belongs to none."""


def event_drafts(webhook: Webhook, value: object) -> list[Draft]:
    try:
        event = mapping(value, "an event")
        name = text(event, "event") or ""
        if name in _NO_NEWS:
            return []
        person, at = head.bare(text(event, "email") or ""), instant_if_any(event, "timestamp", timedelta(seconds=1))
        if name == "unsubscribe" and person:
            event_id = text(event, "sg_event_id") or f"{person}:{name}"
            return [file_change(webhook, person, ContactChange.OPTED_OUT, name, event_id, at)]
        fate = _FATES.get(name)
        if fate is None:
            raise Unreadable("an event that this adapter doesn't know")
        report = Report(fate, _message_id(event), person, *_why(event, fate))
    except Unreadable as error:
        known = value if isinstance(value, dict) else {}
        return [keep(webhook, error.reason, value, provider_event_id=text(known, "sg_event_id"))]
    return file_report(webhook, report, text(event, "sg_event_id") or f"{report.message_id}:{name}", at)


def _message_id(event: Json) -> str:
    """Ours; else what the send API answered as X-Message-Id, which is the beginning of `sg_message_id`."""
    found = text(event, OUR_ID) or (text(event, "sg_message_id") or "").partition(".")[0] or text(event, "smtp-id")
    if not found:
        raise Unreadable("an event without a message id")
    return found


def _why(event: Json, fate: Fate) -> tuple[str, str]:
    if fate not in (Fate.FAILED, Fate.COMPLAINED):
        return "", ""
    code = text(event, "status") or text(event, "type") or text(event, "event") or ""
    return code, text(event, "reason") or text(event, "response") or ""
