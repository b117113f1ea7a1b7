"""Forms of payloads that are rarer than the samples: one row each, with where it is documented."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest

from contracts.config import ChannelAccount
from ingest.channels import CHANNELS
from ingest.domain.webhook import Webhook

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Row:
    """`expected`: paths into the one event, `event` for its name; no `expected`: no event at all."""

    channel: str
    name: str
    source: str
    body: Any
    expected: dict[str, Any] = field(default_factory=dict)
    media: str = "application/json"
    query: dict[str, str] = field(default_factory=dict)


def page(item: dict[str, Any]) -> dict[str, Any]:
    known = {"sender": {"id": "U1"}, "recipient": {"id": "PAGE"}, "timestamp": 1692251666727}
    return {"object": "page", "entry": [{"id": "PAGE", "time": 1692251666727, "messaging": [{**known, **item}]}]}


BY_PAGE = {"sender": {"id": "PAGE"}, "recipient": {"id": "U1"}}
META = [
    Row(
        "messenger",
        "a product of the catalogue",
        'Meta, "messages webhook event reference", product template',
        page(
            {
                "message": {
                    "mid": "m_1",
                    "attachments": [
                        {
                            "type": "template",
                            "payload": {
                                "product": {
                                    "elements": [
                                        {
                                            "id": "1",
                                            "retailer_id": "r",
                                            "image_url": "https://i.example/1.jpg",
                                            "title": "傘",
                                            "subtitle": "¥2,000",
                                        }
                                    ]
                                }
                            },
                        }
                    ],
                }
            }
        ),
        {
            "content.kind": "template",
            "content.text": "傘\n¥2,000",
            "content.attachments": [{"kind": "image", "url": "https://i.example/1.jpg"}],
        },
    ),
    Row(
        "messenger", "our page read it", 'Meta, "message reads"', page(BY_PAGE | {"read": {"watermark": 1692251666000}})
    ),
    Row(
        "messenger",
        "our page reacts",
        'Meta, "message reactions"',
        page(BY_PAGE | {"reaction": {"reaction": "love", "emoji": "❤", "action": "react", "mid": "m_1"}}),
    ),
]


def number(message: dict[str, Any]) -> dict[str, Any]:
    value = {
        "metadata": {"phone_number_id": "106540352242922"},
        "contacts": [{"profile": {"name": "Ann"}, "wa_id": "16505551234"}],
        "messages": [{"from": "16505551234", "id": "wamid.A", "timestamp": "1749416383", **message}],
    }
    return {
        "object": "whatsapp_business_account",
        "entry": [{"id": "1", "changes": [{"field": "messages", "value": value}]}],
    }


WHATSAPP = [
    Row(
        "whatsapp",
        "an unknown message in the older form",
        'Meta, "Cloud API, webhooks, payload examples", unknown messages',
        number(
            {
                "type": "unknown",
                "errors": [{"code": 131051, "details": "Message type is not supported", "title": "Unsupported"}],
            }
        ),
        {"content.kind": "unknown", "content.payload": "Message type is not supported"},
    ),
    Row(
        "whatsapp",
        "media by a link",
        'Meta, "Cloud API, media object", link',
        number({"type": "video", "video": {"mime_type": "video/mp4", "link": "https://v.example/v.mp4"}}),
        {"content.attachments": [{"kind": "video", "url": "https://v.example/v.mp4", "mime": "video/mp4"}]},
    ),
]
PERSON = {"id": 1111111, "is_bot": False, "first_name": "Test", "username": "Test"}
CHANNEL_DM = {"id": -100555, "type": "supergroup", "title": "DM", "is_direct_messages": True}
SUPERGROUP = {"id": -100123, "type": "supergroup", "title": "Group"}
TELEGRAM = [
    Row(
        "telegram",
        "somebody writes to a channel",
        "Telegram Bot API 9.2, DirectMessagesTopic",
        {
            "update_id": 1,
            "message": {
                "message_id": 5,
                "from": PERSON,
                "chat": CHANNEL_DM,
                "date": 1441645532,
                "direct_messages_topic": {"topic_id": 777, "user": PERSON},
                "text": "hello",
            },
        },
        {
            "conversation": "-100555:777",
            "thread": {"chat_id": "-100555", "direct_messages_topic_id": "777"},
            "provider_message_id": "-100555:5",
        },
    ),
    Row(
        "telegram",
        "a user shared by a button, before 7.0",
        "Telegram Bot API 6.5, UserShared",
        {
            "update_id": 1,
            "message": {
                "message_id": 5,
                "from": PERSON,
                "chat": {"id": 1111111, "type": "private"},
                "date": 1441645532,
                "user_shared": {"request_id": 1, "user_id": 5},
            },
        },
        {"content.kind": "postback", "content.payload": '{"request_id":1,"user_id":5}'},
    ),
    Row(
        "telegram",
        "the bot becomes an administrator",
        "Telegram Bot API, ChatMemberUpdated",
        {
            "update_id": 1,
            "my_chat_member": {
                "chat": SUPERGROUP,
                "from": PERSON,
                "date": 1441645532,
                "old_chat_member": {"user": {"id": 9, "is_bot": True, "first_name": "B"}, "status": "member"},
                "new_chat_member": {"user": {"id": 9, "is_bot": True, "first_name": "B"}, "status": "administrator"},
            },
        },
    ),
]


def pressed(action: dict[str, Any]) -> str:
    known = {"type": "block_actions", "user": {"id": "U1", "name": "jo"}, "channel": {"id": "C1"}}
    told = {**known, "message": {"ts": "1548261231.000200"}, "actions": [{"action_ts": "1548426417.840180", **action}]}
    return urlencode({"payload": json.dumps(told)})


VIEW = {
    "id": "V1",
    "hash": "156.h",
    "callback_id": "cb",
    "state": {
        "values": {
            "a": {
                "words": {
                    "type": "rich_text_input",
                    "rich_text_value": {
                        "type": "rich_text",
                        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "broken"}]}],
                    },
                }
            },
            "b": {
                "photo": {
                    "type": "file_input",
                    "files": [
                        {
                            "id": "F1",
                            "name": "x.png",
                            "mimetype": "image/png",
                            "url_private": "https://files.slack.com/x",
                        }
                    ],
                }
            },
        }
    },
}
SLACK = [
    Row(
        "slack",
        "several people picked",
        'Slack, "Block Kit elements, multi-select menus"',
        pressed({"type": "multi_users_select", "action_id": "who", "selected_users": ["U2", "U3"]}),
        {"content.payload": "U2,U3", "conversation": "C1:1548261231.000200"},
        FORM,
    ),
    Row(
        "slack",
        "a moment picked",
        'Slack, "Block Kit elements, datetime picker"',
        pressed({"type": "datetimepicker", "action_id": "when", "selected_date_time": 1628633820}),
        {"content.payload": "1628633820"},
        FORM,
    ),
    Row(
        "slack",
        "a form with a picture",
        'Slack, "Block Kit elements, file input; rich text input"',
        urlencode({"payload": json.dumps({"type": "view_submission", "user": {"id": "U1"}, "view": VIEW})}),
        {
            "content.text": "broken",
            "content.attachments": [
                {
                    "kind": "image",
                    "provider_media_id": "F1",
                    "url": "https://files.slack.com/x",
                    "mime": "image/png",
                    "file_name": "x.png",
                }
            ],
        },
        FORM,
    ),
]
MASON = {"id": "53908099506183680", "username": "mason", "global_name": "Mason M"}
INTERACTION = {
    "id": "846462639134605312",
    "application_id": "APP",
    "token": "t",
    "channel_id": "290",
    "member": {"user": MASON, "nick": None},
}
DISCORD = [
    Row(
        "discord",
        "a form with a file",
        'Discord, "Component reference, File Upload"',
        {
            **INTERACTION,
            "type": 5,
            "data": {
                "custom_id": "m",
                "components": [
                    {"type": 18, "component": {"type": 4, "custom_id": "t", "value": "broken"}},
                    {"type": 18, "component": {"type": 19, "custom_id": "f", "values": ["88"]}},
                ],
                "resolved": {
                    "attachments": {
                        "88": {
                            "id": "88",
                            "filename": "x.png",
                            "url": "https://cdn.example/x",
                            "content_type": "image/png",
                            "size": 2,
                        }
                    }
                },
            },
        },
        {
            "content.text": "broken",
            "content.attachments": [
                {
                    "kind": "image",
                    "provider_media_id": "88",
                    "url": "https://cdn.example/x",
                    "mime": "image/png",
                    "size_bytes": 2,
                    "file_name": "x.png",
                }
            ],
        },
    ),
    Row(
        "discord",
        "a command on a person",
        'Discord, "Application commands, User commands"',
        {
            **INTERACTION,
            "type": 2,
            "data": {
                "id": "7",
                "name": "Report",
                "type": 2,
                "target_id": MASON["id"],
                "resolved": {"users": {MASON["id"]: MASON}},
            },
        },
        {"content.text": "Mason M", "content.payload": "Report"},
    ),
    Row(
        "discord",
        "a poll",
        'Discord, "Poll resource"',
        {
            "op": 0,
            "t": "MESSAGE_CREATE",
            "s": 1,
            "d": {
                "id": "334385199974967042",
                "channel_id": "290",
                "author": MASON,
                "content": "",
                "timestamp": "2017-07-11T17:27:07.299000+00:00",
                "type": 0,
                "poll": {"question": {"text": "When?"}, "answers": [{"answer_id": 1, "poll_media": {"text": "Now"}}]},
            },
        },
        {"content.text": "When?\n▸ Now"},
    ),
]
CALL = {"CallSid": "CA1", "AccountSid": "AC1", "From": "+14017122661", "To": "+14158141829", "Direction": "inbound"}
SMS = {"MessageSid": "SM1", "From": "whatsapp:+14017122661", "To": "whatsapp:+14158141829", "Body": "hi"}
TWILIO = [
    *(
        Row(
            "twilio_voice",
            f"nobody took the call that was passed on: {said}",
            'Twilio, "TwiML Voice: <Dial>", DialCallStatus',
            urlencode({**CALL, "CallStatus": "in-progress", "DialCallStatus": said}),
            {"content.call.status": "missed", "provider_message_id": f"CA1:dial-{said}"},
            FORM,
        )
        for said in ("no-answer", "busy", "failed", "canceled")
    ),
    Row(
        "twilio_voice",
        "somebody took the call that was passed on",
        'Twilio, "TwiML Voice: <Dial>", DialCallDuration',
        urlencode({**CALL, "CallStatus": "in-progress", "DialCallStatus": "completed", "DialCallDuration": "40"}),
        {"content.call": {"id": "CA1", "status": "completed", "duration_ms": 40_000}},
        FORM,
    ),
    Row(
        "twilio_whatsapp",
        "by way of an advertisement",
        'Twilio, "Messaging webhooks, WhatsApp-specific parameters", Referral…',
        urlencode({**SMS, "ReferralSourceId": "1", "ReferralSourceType": "ad", "ReferralCtwaClid": "c"}),
        {
            "thread.referral": '{"CtwaClid":"c","SourceId":"1","SourceType":"ad"}',
            "thread.from": "whatsapp:+14158141829",
        },
        FORM,
    ),
]
VONAGE_KNOWN = {
    "message_uuid": "aaaa",
    "to": "447700900000",
    "from": "447700900001",
    "timestamp": "2026-02-02T16:12:13.123Z",
}
VONAGE = [
    Row(
        "vonage_sms",
        "by Messenger, whose ids are digits",
        'Vonage, "Messages API, inbound message, Messenger"',
        {**VONAGE_KNOWN, "from": "0123456789", "channel": "messenger", "message_type": "text", "text": "hi"},
        {"contact.address": {"kind": "messenger_user", "value": "0123456789"}, "conversation": "0123456789"},
    ),
    Row(
        "vonage_sms",
        "an MMS of several parts",
        'Vonage, "Messages API, inbound message, MMS", content',
        {
            **VONAGE_KNOWN,
            "channel": "mms",
            "message_type": "content",
            "content": [{"type": "image", "url": "https://e.example/1.png"}, {"type": "text", "text": "see"}],
        },
        {
            "content.kind": "image",
            "content.text": "see",
            "content.attachments": [{"kind": "image", "url": "https://e.example/1.png"}],
        },
    ),
    Row(
        "vonage_sms",
        "a row of a list, in answer to a message",
        'Vonage, "Messages API, inbound message, WhatsApp", reply',
        {
            **VONAGE_KNOWN,
            "channel": "whatsapp",
            "message_type": "reply",
            "reply": {"id": "row1", "title": "9am"},
            "context": {"message_uuid": "bbbb"},
        },
        {"content.payload": "row1", "content.text": "9am", "content.reply_to": "bbbb"},
    ),
    Row(
        "vonage_sms",
        "an order",
        'Vonage, "Messages API, inbound message, WhatsApp", order',
        {
            **VONAGE_KNOWN,
            "channel": "whatsapp",
            "message_type": "order",
            "order": {"catalog_id": "1", "text": "please"},
        },
        {"content.kind": "postback", "content.text": "please", "content.payload": '{"catalog_id":"1","text":"please"}'},
    ),
    Row(
        "vonage_sms",
        "a card",
        'Vonage, "Messages API, inbound message, WhatsApp", contact',
        {
            **VONAGE_KNOWN,
            "channel": "whatsapp",
            "message_type": "contact",
            "contact": {"contacts": [{"name": {"formatted_name": "佐藤"}}]},
        },
        {"content.kind": "contact_card", "content.text": "佐藤"},
    ),
]
ACTIVITY = {
    "id": "1540323632412",
    "timestamp": "2018-10-23T19:40:32.512Z",
    "channelId": "msteams",
    "serviceUrl": "https://smba.trafficmanager.net/amer/",
    "from": {"id": "29:1", "name": "Megan"},
    "conversation": {"conversationType": "personal", "id": "a:1"},
    "recipient": {"id": "28:bot"},
}
TEAMS = [
    Row(
        "teams",
        "a form of a dialogue",
        'Teams, "Use dialogs with bots", task/submit',
        {
            **ACTIVITY,
            "type": "invoke",
            "name": "task/submit",
            "value": {"data": {"size": "L"}, "context": {"theme": "x"}},
        },
        {"content.kind": "postback", "content.payload": '{"size":"L"}'},
    ),
    *(
        Row(
            "teams",
            f"a new version of the app: {action}",
            'Teams, "Installation update event"',
            {**ACTIVITY, "type": "installationUpdate", "action": action},
        )
        for action in ("add-upgrade", "remove-upgrade")
    ),
]
ROWS = [*META, *WHATSAPP, *TELEGRAM, *SLACK, *DISCORD, *TWILIO, *VONAGE, *TEAMS]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.channel}: {row.name}")
def test_a_rarer_payload(row: Row) -> None:
    account = ChannelAccount(id="a", channel=row.channel)
    body = row.body.encode() if isinstance(row.body, str) else json.dumps(row.body).encode()
    webhook = Webhook("t", account, {"content-type": row.media}, body, NOW, query=row.query)
    drafts = CHANNELS[row.channel].parse(webhook, {}.get)
    assert len(drafts) == bool(row.expected)
    for draft in drafts:
        event = json.loads(draft.event.model_dump_json(exclude_defaults=True))
        assert {path: _at(event, path) for path in row.expected} == row.expected


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[step]
    return value
