"""Content to customer service messages. Source: WeChat, "Customer service messages, sending"."""

from typing import Any, Final
from urllib.parse import urlencode

from contracts.values import Attachment, Content, ContentKind
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json
from notifier.channels.wechat.upload import FORMS
from notifier.channels.words import as_words, payload_of, public_url, unsupported
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome
from notifier.domain.splitter import split, utf8_bytes

TEXT_LIMIT: Final = 2048

Part = dict[str, Any]


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    """WeChat takes the token in the URL only."""
    token = sender.secret("access_token")
    if token is None:
        return broken(f"the WeChat account '{sender.id}' has no access token")
    placed = [one for one in message.content.attachments if one.object_key in message.placed]
    others = tuple(one for one in message.content.attachments if one not in placed)
    parts = [*map(_media, placed), *_parts(message.content.model_copy(update={"attachments": others}))]
    if not parts:
        return unsupported("WeChat", message.content)
    url = f"/cgi-bin/message/custom/send?{urlencode({'access_token': token})}"
    headers = {"Content-Type": "application/json; charset=utf-8"}
    bodies = [{"touser": message.address.value} | part for part in parts]
    return tuple(ProviderRequest(url, message.method, Repeat.NEVER, headers, encode_json(body)) for body in bodies)


def _parts(content: Content) -> list[Part]:
    """A picture that isn't in WeChat's own store is a card with that picture."""
    images = [file for file in content.attachments if file.kind is ContentKind.IMAGE and public_url(file)]
    others = tuple(file for file in content.attachments if file not in images)
    asks = bool(content.quick_replies and (content.text or others))
    words = as_words(content.model_copy(update={"attachments": others}), buttons=not asks)
    if words is None and others:
        return []
    cards = [_card(file.file_name or "", file.url or "") for file in images]
    pieces = split(words or "", TEXT_LIMIT, utf8_bytes)
    if asks:
        return [*cards, *map(_text, pieces[:-1]), _menu(pieces[-1], content)]
    return [*cards, *map(_text, pieces)]


def _media(file: Attachment) -> Part:
    """What lies in WeChat's store. A film wants a title."""
    form = FORMS.get(file.kind, "image")
    more = {"title": file.file_name or "video", "description": ""} if form == "video" else {}
    return {"msgtype": form, form: {"media_id": file.provider_media_id, **more}}


def _text(words: str) -> Part:
    return {"msgtype": "text", "text": {"content": words}}


def _card(title: str, url: str) -> Part:
    article = {"title": title, "description": "", "url": url, "picurl": url}
    return {"msgtype": "news", "news": {"articles": [article]}}


def _menu(words: str, content: Content) -> Part:
    choices = [{"id": payload_of(one), "content": one.label} for one in content.quick_replies]
    return {"msgtype": "msgmenu", "msgmenu": {"head_content": words, "list": choices, "tail_content": ""}}
