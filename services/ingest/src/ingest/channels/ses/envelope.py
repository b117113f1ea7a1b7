"""What Amazon SNS wraps around a message of SES. Source: SNS documentation, "Verifying the signatures of Amazon SNS messages"."""

import re
from typing import Final
from urllib.parse import parse_qs, urlsplit

from ingest.domain.shape import Json, Unreadable, mapping, read_json, text
from ingest.domain.webhook import Webhook

NOTIFICATION: Final = "Notification"
CONFIRMATION: Final = "SubscriptionConfirmation"
_HOST: Final = re.compile(r"sns\.[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com(?:\.cn)?")


def envelope_of(webhook: Webhook) -> Json:
    """Empty where the body is none."""
    try:
        return mapping(read_json(webhook.body), "the body")
    except Unreadable:
        return {}


def certificate_url(envelope: Json) -> str | None:
    url = text(envelope, "SigningCertURL") or text(envelope, "SigningCertUrl") or ""
    return url if _is_amazons(url) and urlsplit(url).path.endswith(".pem") and not urlsplit(url).query else None


def subscribe_url(envelope: Json) -> str | None:
    """Only one that confirms a subscription to the very topic that the envelope names."""
    url = text(envelope, "SubscribeURL") or ""
    if not _is_amazons(url):
        return None
    query = parse_qs(urlsplit(url).query)
    is_right = query.get("Action") == ["ConfirmSubscription"] and query.get("TopicArn") == [envelope.get("TopicArn")]
    return url if is_right else None


def _is_amazons(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme == "https" and parts.netloc == parts.hostname and _HOST.fullmatch(parts.netloc) is not None
    except ValueError:
        return False
