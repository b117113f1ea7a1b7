"""A skill request, or a channel added or blocked → one event. Pure; what can't be read is kept whole."""

import hashlib
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from contracts.inbound import ContactChange, ContactChanged, MessageReceived
from contracts.values import Address, AddressKind, Attachment, Contact, Content, ContentKind, ReplyHandle
from ingest.channels.kakao.callback import LIFE, callback_of
from ingest.domain.frame import Frame, Known, read_or_keep, short_id
from ingest.domain.media import type_by_name
from ingest.domain.shape import (
    Json,
    Unreadable,
    identity,
    iso_instant_if_any,
    mapping,
    one_of,
    optional_identity,
    optional_part,
    part,
    read_json,
    text,
    write_json,
)
from ingest.domain.unrecognised import keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf
from runtime.errors import Refused
from runtime.file_type import kind_of

SAME_WITHIN: Final = timedelta(seconds=10)
"""Kakao gives messages no id: the same words of one person in the same ten seconds are one message."""
_URL: Final = re.compile(r"https?://[^\s,()\"]{1,2000}")
_TALKS_FILE: Final = re.compile(r"https?://[a-z0-9.-]*\b(?:talk\.kakao\.com|kakaocdn\.net)/\S{1,2000}")
_CHANGES: Final = {"added": ContactChange.FOLLOWED, "blocked": ContactChange.UNFOLLOWED}


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        body = mapping(read_json(webhook.body), "the body")
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    _check_destination(webhook, body)
    return read_or_keep(webhook, body, lambda: _read(webhook, body), lambda: _known(body))


def _check_destination(webhook: Webhook, body: Json) -> None:
    """The bot's test copy has the same id with an exclamation mark."""
    mine, meant = webhook.account.external_id, text(optional_part(body, "bot"), "id")
    if mine and meant and mine.rstrip("!") != meant.rstrip("!"):
        raise Refused("wrong_destination", "the request is for another bot", status=403)


def _read(webhook: Webhook, body: Json) -> Iterator[Draft]:
    if "userRequest" in body:
        yield Draft(_message(webhook, body))
    elif text(body, "event") in _CHANGES:
        yield Draft(_changed(webhook, body))
    else:
        raise Unreadable("a kind of request that this adapter doesn't know")


def _known(body: Json) -> Known:
    user = text(optional_part(optional_part(body, "userRequest"), "user"), "id") or ""
    return Known(user if len(user) < 512 else "")


def _message(webhook: Webhook, body: Json) -> MessageReceived:
    request = part(body, "userRequest")
    contact, group = _contact(request), _group(request)
    callback = callback_of(body)
    event_id = _id(webhook, contact.address.value, request, callback)
    return MessageReceived(
        **Frame(webhook, group or contact.address.value, event_id, webhook.received_at).common(),
        contact=contact,
        provider_message_id=event_id,
        content=_content(request, optional_part(body, "action")),
        reply_handle=ReplyHandle(token=callback, expires_at=webhook.received_at + LIFE) if callback else None,
        thread={"group": group} if group else {},
    )


def _group(request: Json) -> str | None:
    """The key of a room of several people that has the bot, where it was said in one."""
    chat, person = optional_part(request, "chat"), optional_part(optional_part(request, "user"), "properties")
    named = chat.get("id") if text(chat, "type") == "botGroupKey" else person.get("botGroupKey")
    return optional_identity({"id": named}, "id")


def _id(webhook: Webhook, user: str, request: Json, callback: str | None) -> str:
    """The callback's address is made for this request alone; without one it is the words, the room and the time."""
    words = f"{text(request, 'utterance') or ''}{_group(request) or ''}"
    turn = callback or str(int(webhook.received_at.timestamp() / SAME_WITHIN.total_seconds()))
    digest = hashlib.sha256("\n".join((turn, words)).encode()).hexdigest()
    return f"{user[:400]}:{digest[:32]}"


def _contact(request: Json) -> Contact:
    user = part(request, "user")
    properties = optional_part(user, "properties")
    friend = one_of(properties, "plusfriendUserKey", "plusfriend_user_key")
    app_user = optional_identity(properties, "appUserId")
    others = [_address(identity({"key": friend}, "key"))] if friend else []
    others += [Address(kind=AddressKind.EXTERNAL, value=app_user)] if app_user else []
    language = text(request, "lang")
    return Contact(
        address=_address(identity(user, "id")),
        alternates=tuple(others),
        language="ko" if language == "kr" else language,
    )


def _address(key: str) -> Address:
    return Address(kind=AddressKind.KAKAO_USER, value=key)


def _content(request: Json, action: Json) -> Content:
    """A button's `extra` comes back as `clientExtra`; a sent picture as a URL among the parameters."""
    words = (text(request, "utterance") or "").strip()
    files = (*_shared(request), *_secured(action)) or _spoken(words)
    if any(file.url == words for file in files):
        words = ""
    payload = _payload(action.get("clientExtra"))
    kind = ContentKind.POSTBACK if payload else files[0].kind if files else ContentKind.TEXT
    return Content(kind=kind, text=words or None, attachments=files, payload=payload)


def _payload(extra: object) -> str | None:
    if not isinstance(extra, dict) or not extra:
        return None
    return text(extra, "payload") if set(extra) == {"payload"} else write_json(extra)


def _shared(request: Json) -> tuple[Attachment, ...]:
    media = optional_part(optional_part(request, "params"), "media")
    url = text(media, "url")
    return (Attachment(kind=kind_of(text(media, "type")), url=url),) if url else ()


def _spoken(words: str) -> tuple[Attachment, ...]:
    """A picture, film or sound that was sent outside a block for it is an utterance of its address alone."""
    kind = kind_of(type_by_name(words.partition("?")[0]))
    return (Attachment(kind=kind, url=words),) if _TALKS_FILE.fullmatch(words) else ()


def _secured(action: Json) -> tuple[Attachment, ...]:
    """The picture plugin tells `List(url, url)` inside JSON inside a string."""
    told = optional_part(action, "params")
    found = [url for name in ("secureimage", "secureImage") for url in _URL.findall(text(told, name) or "")]
    return tuple(Attachment(kind=ContentKind.IMAGE, url=url) for url in found)


def _changed(webhook: Webhook, body: Json) -> ContactChanged:
    """Kakao names the person by the app's id of them, which a skill request tells where the person is logged in to the app."""
    user, event = identity(body, "id"), identity(body, "event")
    at = iso_instant_if_any(body, "updated_at") or webhook.received_at
    event_id = short_id(f"{event}:{user}:{text(body, 'updated_at') or ''}", body)
    return ContactChanged(
        **Frame(webhook, user, event_id, at).common(),
        contact=Contact(address=Address(kind=AddressKind.EXTERNAL, value=user)),
        change=_CHANGES[event],
    )
