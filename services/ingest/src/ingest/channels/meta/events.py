"""One element of `messaging` → events."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from contracts.inbound import (
    ContactChange,
    ContactChanged,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ReactionReceived,
    ReceiptReceived,
)
from contracts.values import Contact, Content, ContentKind, MessageStatus
from ingest.channels.meta.batch import moment
from ingest.channels.meta.contents import content_of, postback_content
from ingest.domain.frame import Frame
from ingest.domain.shape import (
    Json,
    identity,
    items,
    optional_identity,
    optional_part,
    part,
    required_text,
    text,
    write_json,
)
from ingest.domain.unrecognised import content_id
from ingest.domain.webhook import Draft, Webhook

WINDOW = timedelta(hours=24)
"""Meta's standard messaging window, from the person's last message."""

OUR_MARK = "madoguchi:"
"""How the metadata of what we sent begins; it comes back in the echo."""

_EMOJIS = {
    "love": "❤️",
    "smile": "😆",
    "laugh": "😆",
    "wow": "😮",
    "sad": "😢",
    "angry": "😠",
    "like": "👍",
    "dislike": "👎",
}


@dataclass(frozen=True, slots=True)
class Item:
    """`ours`: we, or an application beside us, did it."""

    webhook: Webhook
    json: Json
    account: str
    contact: Contact
    at: datetime
    standby: bool
    ours: bool

    def common(self, event_id: str) -> dict[str, Any]:
        return Frame(self.webhook, self.contact.address.value, event_id, self.at, self.account).common()

    @property
    def moment_id(self) -> str:
        """For events without an id of their own."""
        return (
            f"{self.contact.address.value}:{int(self.at.timestamp() * 1000)}:{content_id(write_json(self.json))[:23]}"
        )

    @property
    def is_our_app(self) -> bool:
        """Two proofs of what we sent ourselves: the mark that we put on it, and the app's id where the account has it."""
        message, app = optional_part(self.json, "message"), self.webhook.account.options.get("app_id")
        marked = (text(message, "metadata") or "").startswith(OUR_MARK)
        return marked or (app is not None and str(message.get("app_id")) == app)


def _message(item: Item) -> Iterator[Draft]:
    message = part(item.json, "message")
    mid = identity(message, "mid")
    if message.get("is_deleted") is True:
        yield Draft(MessageUnsent(**item.common(mid), contact=item.contact, provider_message_id=mid))
    elif item.ours:
        yield from _echo(item, message, mid)
    else:
        yield _received(item, mid, mid, content_of(message), message)


def _echo(item: Item, message: Json, mid: str) -> Iterator[Draft]:
    if item.is_our_app:
        return
    app = message.get("app_id")
    by = f"app {app}" if isinstance(app, int | str) and app else item.webhook.account.channel
    content = content_of(message)
    yield Draft(
        MessageEchoed(**item.common(mid), contact=item.contact, provider_message_id=mid, content=content, by=by)
    )


def _received(item: Item, event_id: str, message_id: str, content: Content, around: Json) -> Draft:
    referral = optional_part(around, "referral")
    return Draft(
        MessageReceived(
            **item.common(event_id),
            contact=item.contact,
            provider_message_id=message_id,
            content=content,
            window_closes_at=item.at + WINDOW,
            standby=item.standby,
            thread={"referral": write_json(referral)} if referral else {},
        )
    )


def _postback(item: Item) -> Iterator[Draft]:
    postback = part(item.json, "postback")
    found = optional_identity(postback, "mid") or item.moment_id
    yield _received(item, found, found, postback_content(postback), postback)


def _edited(item: Item) -> Iterator[Draft]:
    edit = part(item.json, "message_edit")
    mid = identity(edit, "mid")
    yield Draft(
        MessageEdited(
            **item.common(f"{mid}:edit:{edit.get('num_edit')}"),
            contact=item.contact,
            provider_message_id=mid,
            content=Content(kind=ContentKind.TEXT, text=required_text(edit, "text")),
        )
    )


def _reaction(item: Item) -> Iterator[Draft]:
    """Without the emoji itself, the one that Meta has for the word. What our own side reacts with is no news."""
    if item.ours:
        return
    reaction = part(item.json, "reaction")
    mid, word = identity(reaction, "mid"), text(reaction, "reaction") or ""
    taken_back = text(reaction, "action") == "unreact"
    emoji = "" if taken_back else text(reaction, "emoji") or _EMOJIS.get(word, word)
    yield Draft(
        ReactionReceived(
            **item.common(f"{mid}:{item.moment_id}"), contact=item.contact, provider_message_id=mid, emoji=emoji
        )
    )


def _receipts(name: str, status: MessageStatus) -> Callable[[Item], Iterator[Draft]]:
    """By message where Meta names them, else of all until the watermark. What our own side read is no receipt."""

    def read(item: Item) -> Iterator[Draft]:
        if item.ours:
            return
        told = part(item.json, name)
        named = [identity({"mid": mid}, "mid") for mid in items(told, "mids")]
        mids: list[str | None] = [*named] or [optional_identity(told, "mid")]
        for mid in mids:
            yield Draft(
                ReceiptReceived(
                    **item.common(f"{mid or item.moment_id}:{status}"),
                    provider_message_id=mid or "",
                    up_to=None if mid else moment(told, "watermark"),
                    status=status,
                )
            )

    return read


def _changed(change: ContactChange, *names: str) -> Callable[[Item], Iterator[Draft]]:
    """The detail is what the element says under its name, or the first of these of its fields."""

    def read(item: Item) -> Iterator[Draft]:
        key = next(key for key in READERS if key in item.json)
        told = part(item.json, key)
        chosen = next((found for name in names if (found := text(told, name))), None)
        detail = f"{key}: {chosen or write_json(told)}"
        yield Draft(ContactChanged(**item.common(item.moment_id), contact=item.contact, change=change, detail=detail))

    return read


def _opted(item: Item) -> Iterator[Draft]:
    """Whoever wants no more notifications may still be answered."""
    stopped = text(part(item.json, "optin"), "notification_messages_status") == "STOP_NOTIFICATIONS"
    yield from _changed(ContactChange.ACTED if stopped else ContactChange.OPTED_IN)(item)


def _linking(item: Item) -> Iterator[Draft]:
    linked = text(part(item.json, "account_linking"), "status") == "linked"
    yield from _changed(ContactChange.LINKED if linked else ContactChange.ACTED)(item)


def _passed(item: Item) -> Iterator[Draft]:
    """Where the account's option `app_id` is not known, what is passed is passed to us, and what is taken is taken from us."""
    mine = item.webhook.account.options.get("app_id")
    key = next(key for key in ("pass_thread_control", "take_thread_control") if key in item.json)
    owner = text(part(item.json, key), "new_owner_app_id")
    gained = owner == mine if mine and owner else key == "pass_thread_control"
    yield from _changed(ContactChange.CONTROL_GAINED if gained else ContactChange.CONTROL_LOST)(item)


READERS: dict[str, Callable[[Item], Iterator[Draft]]] = {
    "message": _message,
    "message_edit": _edited,
    "reaction": _reaction,
    "read": _receipts("read", MessageStatus.READ),
    "delivery": _receipts("delivery", MessageStatus.DELIVERED),
    "postback": _postback,
    "optin": _opted,
    "referral": _changed(ContactChange.ACTED),
    "account_linking": _linking,
    "pass_thread_control": _passed,
    "take_thread_control": _passed,
    "request_thread_control": _changed(ContactChange.ACTED),
    "response_feedback": _changed(ContactChange.ACTED),
    "messaging_feedback": _changed(ContactChange.ACTED),
    "messaging_customer_information": _changed(ContactChange.ACTED),
}
