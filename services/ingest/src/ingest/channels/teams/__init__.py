"""Microsoft Teams by the Bot Framework. No secret to come in: the proof is a token signed by Microsoft for the bot's app id.
Secret `app_password`: for pictures inside messages (options `tenant_id`, `service_hosts` as the notifier has them; pictures at Microsoft
Graph need `tenant_id`).

`external_id`: the app id (or option `app_id`). Option `cloud`: `public` (default), `us_government`, `china`.
"""

import json
from collections.abc import Sequence
from uuid import UUID

from ingest.channels.teams.media import API_URL, media
from ingest.channels.teams.parse import parse
from ingest.channels.teams.verify import documents, verify
from ingest.domain.shape import Unreadable, mapping, read_json, text
from ingest.domain.webhook import Answer, Webhook
from ingest.handlers.ports import Channel


def _answer(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    """An `invoke` waits for its answer in the body; a card's action wants one of its own form."""
    try:
        activity = mapping(read_json(webhook.body), "the body")
    except Unreadable:
        return Answer(200)
    if text(activity, "type") != "invoke":
        return Answer(200)
    if text(activity, "name") == "adaptiveCard/action":
        told = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": "✓"}
        return Answer(200, json.dumps(told).encode(), "application/json")
    return Answer(200, b"{}", "application/json")


TEAMS = Channel(
    name="teams",
    signing_secret="",
    verify=verify,
    parse=parse,
    answer=_answer,
    documents=documents,
    reads=("text", "image", "video", "audio", "file", "edit", "unsend", "reaction", "postback", "membership"),
    receipts=("read",),
    api_url=API_URL,
    media_secrets=frozenset({"app_password"}),
    media=media,
)
