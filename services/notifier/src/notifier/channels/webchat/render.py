"""Whatever can be shown is taken: the visitor's feed is ours, and it is durable."""

from datetime import datetime

from contracts.values import ContentKind
from notifier.channels.provider import HttpAnswer, Outgoing, ProviderRequest, Sender
from notifier.domain.outcome import UNSUPPORTED_CONTENT, Kind, Outcome, permanent


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    content = message.content
    if content.kind is ContentKind.TEMPLATE:
        return permanent(UNSUPPORTED_CONTENT, "the web chat has no templates")
    if not (content.text or content.attachments or content.location or content.quick_replies):
        return permanent(UNSUPPORTED_CONTENT, "there is nothing in it that a page could show")
    return Outcome(Kind.ACCEPTED, "kept in the visitor's feed")


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    """No request is ever made, so no answer means anything."""
    return permanent("webchat_unexpected", "the web chat makes no requests", answer.status)
