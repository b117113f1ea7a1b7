"""A WeChat message or event → one event of ours. Pure; what can't be read is kept whole."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts.inbound import ContactChange, ContactChanged, MessageReceived, ReceiptReceived
from contracts.values import Address, AddressKind, Contact, Content, ContentKind, MessageStatus
from ingest.channels.wechat.body import body_of
from ingest.channels.wechat.contents import content_of, place_of
from ingest.domain.frame import Frame, Known, read_or_keep, short_id
from ingest.domain.shape import Json, Unreadable, identity, instant, instant_if_any, text
from ingest.domain.unrecognised import keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf
from runtime.errors import Refused

WINDOW = timedelta(hours=48)
"""So long an account may answer a person's message; what a person merely pressed or scanned opens a minute."""
PRESSED_WINDOW = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
_PRESSED = frozenset(
    {"click", "scan", "scancode_push", "scancode_waitmsg", "pic_sysphoto", "pic_photo_or_album", "pic_weixin"}
)
_NO_NEWS = frozenset(
    {
        "masssendjobfinish",
        "kf_create_session",
        "kf_close_session",
        "kf_switch_session",
        "user_enter_tempsession",
        "location_select",
        "view",
        "view_miniprogram",
        "publishjobfinish",
        "subscribe_msg_popup_event",
        "subscribe_msg_change_event",
    }
)


@dataclass(frozen=True, slots=True)
class _Told:
    webhook: Webhook
    json: Json
    person: str
    at: datetime

    @property
    def id(self) -> str:
        """Events have no id: the person, the second and the kind are one (WeChat, "Receiving event pushes")."""
        number = self.json.get("MsgId") or self.json.get("MsgID")
        if number and self.json.get("MsgType") != "event":
            return short_id(str(number), self.json)
        words = [self.person, str(int(self.at.timestamp())), text(self.json, "Event"), text(self.json, "EventKey")]
        return short_id(":".join(word for word in words if word), self.json)

    @property
    def contact(self) -> Contact:
        return Contact(address=Address(kind=AddressKind.WECHAT_USER, value=self.person), language=None)

    def common(self) -> dict[str, Any]:
        return Frame(self.webhook, self.person, self.id, self.at).common()

    def received(self, content: Content, window: timedelta, *, automatic: bool = False) -> Draft:
        event = MessageReceived(
            **self.common(),
            contact=self.contact,
            provider_message_id=self.id,
            content=content,
            window_closes_at=self.at + window,
            automatic=automatic,
        )
        return Draft(event)


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        body = body_of(webhook)
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    mine, meant = webhook.account.external_id, text(body, "ToUserName")
    if mine and mine.startswith("gh_") and meant and meant != mine:
        raise Refused("wrong_destination", "the message is for another official account", status=403)
    return read_or_keep(webhook, dict(body), lambda: _read(webhook, body), lambda: _known(body))


def _read(webhook: Webhook, body: Json) -> Iterator[Draft]:
    told = _Told(webhook, body, identity(body, "FromUserName"), instant(body, "CreateTime", _SECOND))
    if text(body, "MsgType") == "event":
        yield from _event(told)
    else:
        yield told.received(content_of(body), WINDOW)


def _known(body: Json) -> Known:
    person = text(body, "FromUserName") or ""
    return Known(person if len(person) < 512 else "", at=instant_if_any(body, "CreateTime", _SECOND))


def _event(told: _Told) -> Iterator[Draft]:
    kind = (text(told.json, "Event") or "").lower()
    key = text(told.json, "EventKey")
    if kind in _NO_NEWS:
        return
    if kind in ("subscribe", "unsubscribe"):
        change = ContactChange.FOLLOWED if kind == "subscribe" else ContactChange.UNFOLLOWED
        yield Draft(ContactChanged(**told.common(), contact=told.contact, change=change, detail=key))
    elif kind == "location":
        place = place_of(told.json, "Latitude", "Longitude")
        yield told.received(Content(kind=ContentKind.LOCATION, location=place), PRESSED_WINDOW, automatic=True)
    elif kind in _PRESSED:
        scanned = text(told.json, "ScanCodeInfo.ScanResult")
        yield told.received(Content(kind=ContentKind.POSTBACK, text=scanned, payload=key), PRESSED_WINDOW)
    elif kind == "templatesendjobfinish":
        yield Draft(_receipt(told))
    elif kind == "subscribe_msg_sent_event":
        yield Draft(_subscribed(told))
    else:
        raise Unreadable("an event that this adapter doesn't know")


def _receipt(told: _Told) -> ReceiptReceived:
    """`success`, `failed:user block` or `failed: system failed`."""
    said = text(told.json, "Status") or ""
    number = told.json.get("MsgID") or told.json.get("MsgId")
    if not number:
        raise Unreadable("MsgID is missing")
    delivered = said == "success"
    return ReceiptReceived(
        **told.common(),
        provider_message_id=short_id(str(number), told.json),
        status=MessageStatus.DELIVERED if delivered else MessageStatus.FAILED,
        error_code=None if delivered else said.partition(":")[2].strip().replace(" ", "_") or "failed",
        error_reason=None if delivered else said or None,
    )


def _subscribed(told: _Told) -> ReceiptReceived:
    """A subscription message's fate: code 0, or why not."""
    said = {
        name: text(told.json, f"SubscribeMsgSentEvent.List.{name}") for name in ("MsgID", "ErrorCode", "ErrorStatus")
    }
    if not said["MsgID"]:
        raise Unreadable("MsgID is missing")
    delivered = said["ErrorCode"] == "0"
    return ReceiptReceived(
        **told.common(),
        provider_message_id=short_id(said["MsgID"], told.json),
        status=MessageStatus.DELIVERED if delivered else MessageStatus.FAILED,
        error_code=None if delivered else said["ErrorCode"],
        error_reason=None if delivered else said["ErrorStatus"],
    )
