"""The X Activity API's events. Source: X, "X Activity API event payload examples"."""

from collections.abc import Iterator
from typing import Final

from contracts.inbound import ContactChange, ContactChanged, MessageEdited, MessageReceived, MessageUnsent
from ingest.channels.x.account_activity import Activity, read_element
from ingest.channels.x.contents import activity_content, answered_post
from ingest.channels.x.people import contact_of, included_user, instant_of_id
from ingest.domain.shape import (
    Json,
    Unreadable,
    identity,
    iso_instant_if_any,
    items,
    mapping,
    optional_part,
    part,
    text,
)
from ingest.domain.webhook import Draft, Webhook

_LISTS: Final = ("direct_message_events", "direct_message_mark_read_events")
_NO_NEWS: Final = (
    "like.",
    "profile.",
    "news.",
    "spaces.",
    "broadcast.",
    "mute.",
    "block.",
    "post.repost.",
    "post.unrepost.",
)
_POSTS: Final = frozenset({"post.create", "post.mention.create", "post.reply.create", "post.quote.create"})


def read_activity(webhook: Webhook, account: str, user_id: str | None, data: Json) -> Iterator[Draft]:
    kind = text(data, "event_type") or ""
    payload, includes = part(data, "payload"), optional_part(data, "includes")
    if kind == "dm.indicate_typing" or kind.startswith(_NO_NEWS):
        return
    activity = Activity(webhook, account, user_id, optional_part(payload, "users"))
    if kind.startswith("dm."):
        yield from _message(activity, payload, includes)
    elif kind in _POSTS:
        yield from _post(activity, payload, includes)
    elif kind == "post.delete":
        yield from _deleted(activity, payload)
    elif kind.startswith("follow."):
        yield from _followed(activity, kind, payload, identity(data, "event_uuid"))
    elif kind.startswith("chat."):
        raise Unreadable("an encrypted chat message")
    else:
        raise Unreadable("an event type that this adapter doesn't know")


def _message(activity: Activity, payload: Json, includes: Json) -> Iterator[Draft]:
    """In the older form inside, or as an event object of the newer API."""
    if any(name in payload for name in _LISTS):
        for name in _LISTS:
            for one in items(payload, name):
                yield from read_element(activity, name, mapping(one, f"an entry of {name}"))
        return
    sender, message_id = identity(payload, "sender_id"), identity(payload, "id")
    if sender == activity.user_id:
        return
    at = iso_instant_if_any(payload, "created_at") or instant_of_id(message_id)
    event = MessageReceived(
        **activity.common(sender, message_id, at),
        contact=contact_of(sender, included_user(includes, sender)),
        provider_message_id=message_id,
        content=activity_content(payload, includes),
        thread={"participant": sender, "message_id": message_id},
    )
    yield Draft(event)


def _post(activity: Activity, post: Json, includes: Json) -> Iterator[Draft]:
    """An edited post has a new id; its first one is the message."""
    author, post_id = identity(post, "author_id"), identity(post, "id")
    if author == activity.user_id:
        return
    at = iso_instant_if_any(post, "created_at") or instant_of_id(post_id)
    common = activity.common(f"post:{text(post, 'conversation_id') or post_id}", post_id, at)
    contact = contact_of(author, included_user(includes, author))
    content = activity_content(post, includes)
    versions = [one for one in items(post, "edit_history_tweet_ids") if isinstance(one, str)]
    if versions and versions[0] != post_id:
        original = identity({"id": versions[0]}, "id")
        yield Draft(MessageEdited(**common, contact=contact, provider_message_id=original, content=content))
        return
    answered = answered_post(post)
    event = MessageReceived(
        **common,
        contact=contact,
        provider_message_id=post_id,
        content=content,
        thread={"post": post_id},
        references=(answered,) if answered else (),
    )
    yield Draft(event)


def _deleted(activity: Activity, post: Json) -> Iterator[Draft]:
    author, post_id = identity(post, "author_id"), identity(post, "id")
    if author != activity.user_id:
        common = activity.common(f"post:{post_id}", post_id, activity.webhook.received_at)
        yield Draft(MessageUnsent(**common, contact=contact_of(author), provider_message_id=post_id))


def _followed(activity: Activity, kind: str, payload: Json, event_id: str) -> Iterator[Draft]:
    source, target = (_user(part(payload, name)) for name in ("source", "target"))
    if text(target, "id") != activity.user_id:
        return
    person = identity(source, "id")
    change = ContactChange.UNFOLLOWED if kind.endswith("unfollow") else ContactChange.FOLLOWED
    common = activity.common(person, event_id, activity.webhook.received_at)
    yield Draft(ContactChanged(**common, contact=contact_of(person, source), change=change))


def _user(told: Json) -> Json:
    return optional_part(told, "data") or told
