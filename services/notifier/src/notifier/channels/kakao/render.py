"""Content to skill responses and events. Source: Kakao, "Response types, SkillResponse"; "AI chatbot callback guide"; "Event API"."""

from typing import Any, Final
from urllib.parse import quote, urlsplit

from contracts.values import Content, ContentKind, QuickReply
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json
from notifier.channels.words import as_buttons, as_words, cut, payload_of, public_url, unsupported
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import UNSUPPORTED_CONTENT, Kind, Outcome, permanent
from notifier.domain.splitter import split

TEXT_LIMIT: Final = 1000
MAX_OUTPUTS: Final = 3
MAX_QUICK_REPLIES: Final = 10
LABEL_LIMIT: Final = 14
PAYLOAD_LIMIT: Final = 1000
_JSON: Final = {"Content-Type": "application/json"}

Part = dict[str, Any]


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    if message.method is Method.REPLY and message.reply_token is not None:
        return _answer(message, sender, message.reply_token)
    return _event(message, sender)


def _answer(message: Outgoing, sender: Sender, callback: str) -> tuple[ProviderRequest, ...] | Outcome:
    """All of it in one request: the callback works once."""
    if not _is_kakaos(callback, sender.options.get("callback_hosts", "")):
        return Outcome(Kind.REPLY_TOKEN_INVALID, "the callback's address is not of Kakao")
    buttons = as_buttons(message.content.quick_replies, MAX_QUICK_REPLIES, PAYLOAD_LIMIT)
    outputs = _outputs(message.content, lines=not buttons)
    if not outputs:
        return unsupported("Kakao", message.content)
    if len(outputs) > MAX_OUTPUTS:
        return permanent(
            UNSUPPORTED_CONTENT, f"Kakao takes {MAX_OUTPUTS} bubbles of {TEXT_LIMIT} characters in an answer"
        )
    template: Part = {"outputs": outputs}
    if buttons:
        template["quickReplies"] = _quick_replies(buttons)
    body = encode_json({"version": "2.0", "template": template})
    return (ProviderRequest(callback, Method.REPLY, Repeat.SINGLE_USE, _JSON, body),)


def _is_kakaos(url: str, further: str) -> bool:
    place = urlsplit(url)
    host = (place.hostname or "").lower()
    if host in {one.strip().lower() for one in further.split(",") if one.strip()}:
        return True
    return place.scheme == "https" and (host == "kakao.com" or host.endswith(".kakao.com"))


def _outputs(content: Content, *, lines: bool) -> list[Part]:
    images = [file for file in content.attachments if file.kind is ContentKind.IMAGE and public_url(file)]
    others = tuple(file for file in content.attachments if file not in images)
    words = as_words(content.model_copy(update={"attachments": others}), buttons=lines)
    if words is None and others:
        return []
    pictures: list[Part] = [
        {"simpleImage": {"imageUrl": file.url, "altText": file.file_name or "image"}} for file in images
    ]
    return pictures + [{"simpleText": {"text": piece}} for piece in split(words or "", TEXT_LIMIT)]


def _quick_replies(replies: tuple[QuickReply, ...]) -> list[Part]:
    """Pressing one says its label, with the payload beside it."""
    return [
        {
            "label": cut(one.label, LABEL_LIMIT),
            "action": "message",
            "messageText": one.label,
            "extra": {"payload": payload_of(one)},
        }
        for one in replies
    ]


def _event(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    """The event's block shows what it is given as `text`."""
    name, key, bot = sender.options.get("event"), sender.secret("rest_api_key"), sender.external_id
    if name is None:
        return Outcome(
            Kind.WINDOW_CLOSED, "Kakao takes one answer within a minute, and the account names no event for later ones"
        )
    if key is None or bot is None:
        return broken(f"the Kakao account '{sender.id}' has no secret 'rest_api_key' or no external_id")
    words = as_words(message.content)
    if words is None:
        return unsupported("Kakao", message.content)
    user = [{"type": "botUserKey", "id": message.address.value}]
    headers = _JSON | {"Authorization": f"KakaoAK {key}"}
    bodies = [{"event": {"name": name, "data": {"text": piece}}, "user": user} for piece in split(words, TEXT_LIMIT)]
    url = f"/v2/bots/{quote(bot, safe='!')}/talk"
    return tuple(ProviderRequest(url, Method.PUSH, Repeat.NEVER, headers, encode_json(body)) for body in bodies)
