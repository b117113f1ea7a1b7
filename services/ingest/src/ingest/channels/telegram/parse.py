"""A Telegram update → events. Pure; what can't be read is kept raw. Telegram Bot API, "Update".

Pictures of an album come as messages of their own, each with the album's `media_group_id`: they stay so.
"""

from collections.abc import Callable, Iterator
from functools import partial

from ingest.channels.telegram.changes import blocked, deleted, joining, member, poll_answer, reaction
from ingest.channels.telegram.messages import Update, business, callback, edited, edited_business, received
from ingest.channels.telegram.people import conversation_of
from ingest.domain.frame import Known, read_or_keep
from ingest.domain.shape import Json, Unreadable, count, mapping, optional_part, part, read_json, text
from ingest.domain.unrecognised import keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        update = mapping(read_json(webhook.body), "the body")
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    return read_or_keep(webhook, update, partial(_read, webhook, update), lambda: _known(update))


def callback_of(body: bytes) -> str | None:
    """The id of the query that a pressed button asked."""
    if b"callback_query" not in body:
        return None
    try:
        return text(optional_part(mapping(read_json(body), "the body"), "callback_query"), "id")
    except Unreadable:
        return None


def _read(webhook: Webhook, update: Json) -> Iterator[Draft]:
    number = count(update, "update_id")
    if number is None:
        raise Unreadable("update_id is not a number")
    kind = next((name for name in READERS if update.get(name) is not None), None)
    if kind is None:
        raise Unreadable("an update of a kind that this adapter doesn't know")
    yield from READERS[kind](Update(webhook, str(number), part(update, kind)))


def _known(update: Json) -> Known:
    number = update.get("update_id")
    about = next((one for one in update.values() if isinstance(one, dict)), {})
    try:
        conversation = conversation_of(about)
    except Unreadable:
        conversation = ""
    return Known(conversation, str(number) if isinstance(number, int) and abs(number) < 2**53 else None)


READERS: dict[str, Callable[[Update], Iterator[Draft]]] = {
    "message": received,
    "edited_message": edited,
    "channel_post": received,
    "edited_channel_post": edited,
    "guest_message": received,
    "business_message": business,
    "edited_business_message": edited_business,
    "deleted_business_messages": deleted,
    "callback_query": callback,
    "message_reaction": reaction,
    "my_chat_member": blocked,
    "chat_member": member,
    "chat_join_request": joining,
    "poll_answer": poll_answer,
    "message_reaction_count": lambda update: iter(()),
    "poll": lambda update: iter(()),
}
"""The last two count what nobody in particular did."""
