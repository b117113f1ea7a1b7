"""Slack: Events API, interactivity and slash commands at one URL. Secrets: `signing_secret`, `bot_token` (to fetch files).

`external_id`: the workspace (`T…`), the app (`A…`) or the organisation (`E…`); unset = takes any.
"""

import json
from collections.abc import Sequence
from uuid import UUID

from ingest.channels.slack.body import body_of
from ingest.channels.slack.media import API_URL, media
from ingest.channels.slack.parse import parse
from ingest.channels.slack.verify import verify
from ingest.domain.shape import Unreadable, text
from ingest.domain.webhook import Answer, Webhook
from ingest.handlers.ports import FORM, JSON, Channel


def _answer(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    """A challenge goes back; a menu that asks for its choices gets none; to the rest Slack wants silence."""
    try:
        body = body_of(webhook)
    except Unreadable:
        return Answer(200)
    if body.get("type") == "url_verification":
        return Answer(200, (text(body, "challenge") or "").encode())
    if body.get("type") == "block_suggestion":
        return Answer(200, json.dumps({"options": []}).encode(), "application/json")
    return Answer(200)


SLACK = Channel(
    name="slack",
    signing_secret="signing_secret",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    answer=_answer,
    reads=(
        "text",
        "image",
        "video",
        "audio",
        "file",
        "edit",
        "unsend",
        "reaction",
        "postback",
        "command",
        "membership",
    ),
    media_types=JSON | FORM,
    api_url=API_URL,
    media_secrets=frozenset({"bot_token"}),
    media=media,
)
