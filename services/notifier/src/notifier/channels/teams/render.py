"""Content to activities. Source: Bot Framework, "Connector API reference, Send to Conversation"; Teams, "Types of cards, Hero card"."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote, urlsplit

from contracts.values import Content, ContentKind, QuickReply
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json, json_headers
from notifier.channels.words import as_buttons, as_words, payload_of, public_url, unsupported
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome, permanent
from notifier.domain.splitter import split, utf8_bytes

TEXT_LIMIT: Final = 20_000
"""Teams refuses activities of more than about 28 kB; the rest is for the frame."""
MAX_BUTTONS: Final = 6
_HOSTS: Final = frozenset({"smba.trafficmanager.net"})
_DOMAINS: Final = (
    ".botframework.com",
    ".botframework.us",
    ".botframework.azure.cn",
    ".teams.microsoft.com",
    ".teams.microsoft.us",
)

Part = dict[str, Any]


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    token = sender.secret("access_token")
    if token is None:
        return broken(f"the Teams account '{sender.id}' has no access token")
    url = activities_url(message.thread, sender)
    if isinstance(url, Outcome):
        return url
    parts = _parts(message.content)
    if not parts:
        return unsupported("Teams", message.content)
    headers, answered = json_headers(token), _answered(message.content, message.thread["conversation"])
    bodies = [part | ({"replyToId": answered} if answered else {}) for part in parts]
    return tuple(ProviderRequest(url, message.method, Repeat.NEVER, headers, encode_json(body)) for body in bodies)


def activities_url(thread: Mapping[str, str], sender: Sender) -> str | Outcome:
    place, conversation = thread.get("service_url", ""), thread.get("conversation")
    if not conversation or not place:
        return permanent("no_conversation", "Teams only takes answers to conversations that it told us of")
    if not is_connector(place, sender.options.get("service_hosts", "")):
        return permanent("unknown_service", "the conversation's serviceUrl is no host of Microsoft's connectors")
    return f"{place.rstrip('/')}/v3/conversations/{quote(conversation, safe='')}/activities"


def is_connector(url: str, further: str) -> bool:
    """The token may go to Microsoft only: whoever could name another host would have it."""
    place = urlsplit(url)
    host = (place.hostname or "").lower()
    allowed = {one.strip().lower() for one in further.split(",") if one.strip()}
    if host in allowed:
        return True
    return place.scheme == "https" and place.port in (None, 443) and (host in _HOSTS or host.endswith(_DOMAINS))


def _answered(content: Content, conversation: str) -> str | None:
    """Ingest names an activity `conversation:id`."""
    if content.reply_to is None or not content.reply_to.startswith(conversation + ":"):
        return None
    return content.reply_to.removeprefix(conversation + ":")


def _parts(content: Content) -> list[Part]:
    images = [file for file in content.attachments if file.kind is ContentKind.IMAGE and public_url(file)]
    others = tuple(file for file in content.attachments if file not in images)
    buttons = as_buttons(content.quick_replies, MAX_BUTTONS, TEXT_LIMIT)
    words = as_words(content.model_copy(update={"attachments": others}), buttons=not buttons)
    if words is None and others:
        return []
    parts = [_activity(piece) for piece in split(words or "", TEXT_LIMIT, utf8_bytes)]
    if images:
        parts = parts or [_activity("")]
        parts[0]["attachments"] = [
            {"contentType": one.mime or "image/png", "contentUrl": one.url, "name": one.file_name or "image"}
            for one in images
        ]
    if buttons and parts:
        parts[-1]["attachments"] = [*parts[-1].get("attachments", []), _card(buttons)]
    return parts


def _activity(text: str) -> Part:
    return {"type": "message", "text": text, "textFormat": "plain"}


def _card(replies: tuple[QuickReply, ...]) -> Part:
    """What is pressed shows as the person's own words and comes back with the payload."""
    buttons = [
        {
            "type": "messageBack",
            "title": one.label,
            "displayText": one.label,
            "text": one.label,
            "value": payload_of(one),
        }
        for one in replies
    ]
    return {"contentType": "application/vnd.microsoft.card.hero", "content": {"buttons": buttons}}
