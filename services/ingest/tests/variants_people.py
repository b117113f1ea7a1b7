"""Messenger, WhatsApp, Telegram, KakaoTalk."""

from typing import Any

from variant_row import Row


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
KAKAO = [
    Row(
        "kakao",
        "in a room of several people",
        'Kakao, "Chatbots in group chats", chat of type botGroupKey',
        {
            "userRequest": {
                "utterance": "가계부",
                "lang": "ko",
                "user": {"id": "u1", "type": "botUserKey", "properties": {"botUserKey": "u1", "appUserId": "123"}},
                "chat": {"id": "g1", "type": "botGroupKey", "properties": {"botGroupKey": "g1"}},
            },
            "bot": {"id": "b1"},
        },
        {
            "conversation": "g1",
            "thread": {"group": "g1"},
            "contact.address": {"kind": "kakao_user", "value": "u1"},
            "contact.alternates": [{"kind": "external", "value": "123"}],
        },
    ),
    Row(
        "kakao",
        "in a room that the person's properties name",
        'Kakao, "Chatbots in group chats", botGroupKey',
        {"userRequest": {"utterance": "x", "user": {"id": "u1", "properties": {"botGroupKey": "g1"}}}},
        {"conversation": "g1", "thread": {"group": "g1"}},
    ),
]
PEOPLE = [*META, *WHATSAPP, *TELEGRAM, *KAKAO]
