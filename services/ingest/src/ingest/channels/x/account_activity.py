"""The Account Activity API's elements. Source: X, "Account Activity data object structure"."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final

from contracts.inbound import (
    ContactChange,
    ContactChanged,
    MessageEchoed,
    MessageReceived,
    MessageUnsent,
    ReceiptReceived,
)
from contracts.values import MessageStatus
from ingest.channels.x.contents import message_content, post_content
from ingest.channels.x.people import contact_of, either_id, instant_of_id, user_in
from ingest.domain.frame import Frame
from ingest.domain.shape import (
    Json,
    Unreadable,
    identity,
    instant_if_any,
    optional_part,
    part,
    required_text,
    text,
)
from ingest.domain.webhook import Draft, Webhook

_MILLISECOND: Final = timedelta(milliseconds=1)
_NO_NEWS: Final = frozenset(
    {
        "direct_message_indicate_typing_events",
        "favorite_events",
        "block_events",
        "mute_events",
        "unmute_events",
        "unblock_events",
    }
)


@dataclass(frozen=True, slots=True)
class Activity:
    """`user_id` is ours: whose activity it is."""

    webhook: Webhook
    account: str
    user_id: str | None
    users: Json

    def at(self, event: Json, name: str) -> datetime:
        """Without its own time, when we heard of it."""
        return instant_if_any(event, name, _MILLISECOND) or self.webhook.received_at

    def common(self, conversation: str, event_id: str, at: datetime) -> dict[str, Any]:
        return Frame(self.webhook, conversation, event_id, at, self.account).common()


def read_element(activity: Activity, kind: str, element: Json) -> Iterator[Draft]:
    if kind in _NO_NEWS:
        return iter(())
    return _READERS[kind](activity, element)


def _message(activity: Activity, event: Json) -> Iterator[Draft]:
    """Who writes privately to one account is one conversation."""
    if text(event, "type") not in (None, "message_create"):
        raise Unreadable("a direct message event that this adapter doesn't know")
    created = part(event, "message_create")
    sender, message_id = identity(created, "sender_id"), identity(event, "id")
    target = identity(part(created, "target"), "recipient_id")
    at = instant_if_any(event, "created_timestamp", _MILLISECOND) or instant_of_id(message_id)
    ours = sender == activity.user_id
    person = target if ours else sender
    content = message_content(part(created, "message_data"))
    common = activity.common(person, message_id, at)
    contact = contact_of(person, user_in(activity.users, person))
    if not ours:
        yield Draft(
            MessageReceived(
                **common,
                contact=contact,
                provider_message_id=message_id,
                content=content,
                thread={"participant": person, "message_id": message_id},
            )
        )
        return
    ours_app, by = activity.webhook.account.options.get("app_id"), text(created, "source_app_id")
    if ours_app is not None and by != ours_app:
        echoed = MessageEchoed(**common, contact=contact, provider_message_id=message_id, content=content, by=by or "x")
        yield Draft(echoed)


def _post(activity: Activity, post: Json) -> Iterator[Draft]:
    """Of our own posts and of reposts there is nothing to answer."""
    user = part(post, "user")
    author, post_id = either_id(user, "id"), either_id(post, "id")
    if author == activity.user_id or "retweeted_status" in post:
        return
    answered = text(post, "in_reply_to_status_id_str")
    event = MessageReceived(
        **activity.common(f"post:{answered or post_id}", post_id, _posted_at(post, post_id)),
        contact=contact_of(author, user).model_copy(update={"language": None}),
        provider_message_id=post_id,
        content=post_content(post),
        thread={"post": post_id},
        references=(answered,) if answered else (),
    )
    yield Draft(event)


def _posted_at(post: Json, post_id: str) -> datetime:
    at = instant_if_any(post, "timestamp_ms", _MILLISECOND)
    if at is not None:
        return at
    try:
        return parsedate_to_datetime(_as_mail_date(required_text(post, "created_at")))
    except (ValueError, IndexError):
        return instant_of_id(post_id)


def _as_mail_date(created_at: str) -> str:
    """`Wed Oct 10 20:19:24 +0000 2018` as mail would write it."""
    day, month, number, clock, offset, year = created_at.split()
    return f"{day}, {number} {month} {year} {clock} {offset}"


def _deleted(activity: Activity, event: Json) -> Iterator[Draft]:
    status = part(event, "status")
    author, post_id = either_id(status, "user_id"), either_id(status, "id")
    if author != activity.user_id:
        common = activity.common(f"post:{post_id}", post_id, activity.at(event, "timestamp_ms"))
        yield Draft(MessageUnsent(**common, contact=contact_of(author), provider_message_id=post_id))


def _read(activity: Activity, event: Json) -> Iterator[Draft]:
    """Everything up to that message; its id tells the time."""
    reader, last = identity(event, "sender_id"), identity(event, "last_read_event_id")
    if reader != activity.user_id:
        common = activity.common(reader, f"read:{last}", activity.at(event, "created_timestamp"))
        yield Draft(
            ReceiptReceived(**common, provider_message_id="", up_to=instant_of_id(last), status=MessageStatus.READ)
        )


def _followed(activity: Activity, event: Json) -> Iterator[Draft]:
    source, target = part(event, "source"), part(event, "target")
    if either_id(target, "id") != activity.user_id:
        return
    person, stamp = either_id(source, "id"), text(event, "created_timestamp") or ""
    change = ContactChange.UNFOLLOWED if text(event, "type") == "unfollow" else ContactChange.FOLLOWED
    at = activity.at(event, "created_timestamp")
    common = activity.common(person, f"{change}:{person}:{stamp}", at)
    yield Draft(ContactChanged(**common, contact=contact_of(person, optional_part(event, "source")), change=change))


_READERS: Final[dict[str, Callable[[Activity, Json], Iterator[Draft]]]] = {
    "direct_message_events": _message,
    "direct_message_mark_read_events": _read,
    "tweet_create_events": _post,
    "tweet_delete_events": _deleted,
    "follow_events": _followed,
}
KINDS: Final = (*_READERS, *sorted(_NO_NEWS))
