"""Every sample without one of its fields, with a null there, or with a number for digits: few of them are missed."""

import copy
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import ingest.channels
from contracts.config import ChannelAccount
from contracts.inbound import UnrecognisedReceived
from ingest.channels import CHANNELS
from ingest.domain.webhook import Webhook

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
NEEDED = {
    "line": """events beacon delivery data joined left members userId link membership message id latitude longitude packageId
        stickerId text type postback source groupId roomId timestamp unsend messageId videoPlayComplete""",
    "whatsapp": """object entry changes field value calls event from from_user_id id timestamp to to_user_id message_echoes edit
        message text body original_message_id image revoke type messages audio button document interactive button_reply
        call_permission_reply list_reply nfm_reply response_json location latitude longitude order reaction message_id
        sticker system previous_user_id user_id wa_id video statuses status recipient_id user_preferences
        standby template name sender phone_number""",
    "telegram": """update_id message edited_message channel_post business_message edited_business_message callback_query
        deleted_business_messages message_reaction message_reaction_count my_chat_member chat id date message_id text from
        message_ids animation file_id audio contact dice document left_chat_member location latitude longitude
        migrate_to_chat_id new_chat_members new_chat_title photo poll sticker video video_note voice web_app_data user""",
    "messenger": """object entry changes value message mid recipient sender id messaging account_linking delivery mids
        watermark message_edit text optin user_ref pass_thread_control postback reaction read referral
        request_thread_control take_thread_control standby""",
    "instagram": "object entry messaging message mid message_edit text postback reaction read recipient referral sender id",
    "slack": "type event channel message ts user item subtype reaction callback_id view id actions",
    "discord": """d author id channel_id content edited_timestamp emoji name member message_id user_id data custom_id event
        type op t user""",
    "x": """data event_type payload author_id direct_message_events id message_create message_data sender_id target
        recipient_id direct_message_mark_read_events last_read_event_id follow_events source for_user_id
        tweet_create_events user tweet_delete_events status user_id""",
}
Change = Callable[[Any, Any], Any]


def samples_of(channel: str) -> Iterator[Any]:
    """As the Events API sends them; what Slack sends as a form has no numbers to mistake."""
    for path in sorted((Path(ingest.channels.__file__).parent / channel / "samples").glob("*.json")):
        found = json.loads(path.read_text("utf-8"))
        for body in found if isinstance(found, list) else [found]:
            if channel != "slack" or body.get("type") == "event_callback":
                yield body


def unread(channel: str, body: Any) -> int:
    webhook = Webhook("acme", ChannelAccount(id="a", channel=channel), {}, json.dumps(body).encode(), NOW)
    drafts = CHANNELS[channel].parse(webhook, lambda endpoint: None)
    return sum(isinstance(draft.event, UnrecognisedReceived) for draft in drafts)


def places(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in inside:
        yield (*way, name)
        yield from places(child, (*way, name))


def changed(body: Any, way: tuple[Any, ...], change: Change) -> Any:
    copied = copy.deepcopy(body)
    holder = copied
    for name in way[:-1]:
        holder = holder[name]
    change(holder, way[-1])
    return copied


def null(holder: Any, name: Any) -> None:
    holder[name] = None


def retype(holder: Any, name: Any) -> None:
    """Digits as a number, a number in digits."""
    found = holder[name]
    if isinstance(found, str) and found.isdigit() and len(found) < 16 and found[0] != "0":
        holder[name] = int(found)
    elif isinstance(found, int) and not isinstance(found, bool):
        holder[name] = str(found)


def drop(holder: Any, name: Any) -> None:
    holder.pop(name)


@pytest.mark.parametrize("change", [drop, null])
@pytest.mark.parametrize("channel", NEEDED)
def test_what_may_be_missing_spoils_nothing(channel: str, change: Change) -> None:
    needed = frozenset(NEEDED[channel].split())
    for body in samples_of(channel):
        before = unread(channel, body)
        for way in places(body):
            if isinstance(way[-1], str) and way[-1] not in needed:
                assert unread(channel, changed(body, way, change)) <= before, way


@pytest.mark.parametrize("channel", [name for name in NEEDED if name != "discord"])
def test_numbers_and_digits_are_the_same(channel: str) -> None:
    for body in samples_of(channel):
        before = unread(channel, body)
        for way in places(body):
            assert unread(channel, changed(body, way, retype)) <= before, way
