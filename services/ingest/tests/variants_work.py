"""Slack, Discord, Teams."""

import json
from typing import Any
from urllib.parse import urlencode

from variant_row import FORM, Row


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
WORK = [*SLACK, *DISCORD, *TEAMS]
