"""The same numbers under the Messages API: JSON, signed by a token. Vonage, "Messages API", inbound and status webhooks."""

from collections.abc import Iterator
from typing import Any

from contracts.inbound import MessageReceived, ReactionReceived, ReceiptReceived
from contracts.values import Address, AddressKind, Attachment, Contact, Content, ContentKind, Location, MessageStatus
from ingest.channels.vonage_sms.request import account_at, instant_of, person
from ingest.domain.shape import Json, Unreadable, identity, items, mapping, optional_part, part, text, write_json
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf

_STATUSES = {
    "submitted": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "accepted": MessageStatus.SENT,
    "failed": MessageStatus.FAILED,
    "expired": MessageStatus.FAILED,
    "rejected": MessageStatus.FAILED,
    "undeliverable": MessageStatus.FAILED,
}
_PLATFORMS = {"messenger": AddressKind.MESSENGER_USER, "instagram": AddressKind.INSTAGRAM_USER}
_FILES = {
    "image": ContentKind.IMAGE,
    "video": ContentKind.VIDEO,
    "audio": ContentKind.AUDIO,
    "file": ContentKind.FILE,
    "vcard": ContentKind.CONTACT_CARD,
}


def read(webhook: Webhook, given: Json, account_of: AccountOf) -> Iterator[Draft]:
    uuid = identity(given, "message_uuid")
    if "status" in given:
        yield _receipt(webhook, given, uuid)
        return
    named = text(optional_part(given, "profile"), "name")
    contact = _person(given, "from").model_copy(update={"display_name": named})
    ours, reaction = identity(_flat(given), "to"), optional_part(given, "reaction")
    quoted = text(optional_part(given, "context"), "message_uuid")
    if reaction and quoted:
        taken_back = text(reaction, "action") == "unreact"
        emoji = "" if taken_back else text(reaction, "emoji") or ""
        common = _common(webhook, given, uuid, contact.address.value)
        yield Draft(ReactionReceived(**common, contact=contact, provider_message_id=quoted, emoji=emoji))
        return
    yield Draft(
        MessageReceived(
            **_common(webhook, given, uuid, contact.address.value) | {"account": account_at(webhook, ours, account_of)},
            contact=contact,
            provider_message_id=uuid,
            content=_content(given),
            thread={"from": ours},
        )
    )


def _person(given: Json, name: str) -> Contact:
    """Of Messenger and Instagram these are the platforms' ids, which only look like telephone numbers."""
    kind = _PLATFORMS.get(text(given, "channel") or "")
    if kind is None:
        return person(_flat(given), name)
    return Contact(address=Address(kind=kind, value=identity(_flat(given), name)))


def _flat(given: Json) -> Json:
    """Version 0.1 wraps the numbers: `{"type": "sms", "number": "447700900001"}`."""
    sides = {name: given.get(name) for name in ("from", "to")}
    return {
        name: side.get("number") or side.get("id") if isinstance(side, dict) else side for name, side in sides.items()
    }


def _common(webhook: Webhook, given: Json, event_id: str, conversation: str) -> dict[str, Any]:
    return {
        "channel": webhook.account.channel,
        "account": webhook.account.id,
        "conversation": conversation,
        "provider_event_id": event_id,
        "occurred_at": instant_of(given, webhook),
        "received_at": webhook.received_at,
    }


def _content(given: Json) -> Content:
    said = part(part(given, "message"), "content") if isinstance(given.get("message"), dict) else given
    kind = text(said, "message_type") or text(said, "type") or ""
    quoted = text(optional_part(given, "context"), "message_uuid")
    if kind in _FILES:
        file = part(said, kind)
        found = Attachment(
            kind=ContentKind.FILE if kind == "vcard" else _FILES[kind],
            url=identity(file, "url"),
            file_name=text(file, "name"),
        )
        return Content(kind=_FILES[kind], attachments=(found,), text=text(file, "caption"), reply_to=quoted)
    if kind == "location":
        place = part(said, kind)
        where = {"latitude": place.get("lat"), "longitude": place.get("long")}
        where |= {"title": text(place, "name"), "address": text(place, "address")}
        return Content(kind=ContentKind.LOCATION, location=Location.model_validate(where), reply_to=quoted)
    if kind == "sticker":
        picture = Attachment(kind=ContentKind.IMAGE, url=identity(part(said, kind), "url"))
        return Content(kind=ContentKind.STICKER, sticker=picture.url, attachments=(picture,), reply_to=quoted)
    if kind in ("text", "unsupported"):
        return Content(
            kind=ContentKind.TEXT if kind == "text" else ContentKind.UNKNOWN,
            text=text(said, "text") or "",
            reply_to=quoted,
        )
    if kind in ("reply", "button"):
        pressed = part(said, kind)
        payload = text(pressed, "id") or text(pressed, "payload")
        words = text(pressed, "title") or text(pressed, "text")
        return Content(kind=ContentKind.POSTBACK, payload=payload, text=words, reply_to=quoted)
    if kind == "content":
        return _several(said)
    if kind == "order":
        return Content(kind=ContentKind.POSTBACK, text=text(part(said, kind), "text"), payload=write_json(said[kind]))
    if kind in ("contact", "contacts"):
        return _cards(said[kind], quoted)
    raise Unreadable("a message type that this adapter doesn't know")


def _several(said: Json) -> Content:
    """An MMS of several parts: files, and words between them."""
    parts = [mapping(one, "a part") for one in items(said, "content")]
    files = tuple(
        Attachment(kind=_FILES.get(text(one, "type") or "", ContentKind.FILE), url=url)
        for one in parts
        if (url := text(one, "url")) is not None
    )
    words = "\n".join(filter(None, (text(one, "text") or text(one, "caption") for one in parts)))
    return Content(kind=files[0].kind if files else ContentKind.TEXT, text=words or None, attachments=files)


def _cards(told: object, quoted: str | None) -> Content:
    listed = told.get("contacts") if isinstance(told, dict) else told
    cards = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    names = filter(None, (text(optional_part(one, "name"), "formatted_name") for one in cards))
    return Content(
        kind=ContentKind.CONTACT_CARD, text="\n".join(names) or None, payload=write_json(told), reply_to=quoted
    )


def _receipt(webhook: Webhook, given: Json, uuid: str) -> Draft:
    said = text(given, "status") or ""
    status = _STATUSES.get(said)
    if status is None:
        raise Unreadable("a delivery status that this adapter doesn't know")
    error = optional_part(given, "error")
    code = text(error, "title") or str(error.get("code") or "") or None
    return Draft(
        ReceiptReceived(
            **_common(webhook, given, f"{uuid}:{said}", _person(given, "to").address.value),
            provider_message_id=uuid,
            status=status,
            error_code=code,
            error_reason=text(error, "detail") or text(error, "reason"),
        )
    )
