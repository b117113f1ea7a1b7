"""Telegram, webhooks in. Secrets: `secret_token`, as given to setWebhook; `bot_token` for files. One bot, one account.

Ask setWebhook for `allowed_updates` with message_reaction and chat_member: Telegram leaves them out otherwise.
"""

from collections.abc import Sequence
from uuid import UUID

from ingest.channels.telegram.media import media
from ingest.channels.telegram.parse import callback_of, parse
from ingest.domain.shape import write_json
from ingest.domain.signature import matches
from ingest.domain.webhook import Answer, Webhook
from ingest.handlers.ports import Channel


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    """`X-Telegram-Bot-Api-Secret-Token` is the secret itself. A replay is absorbed by the update's id."""
    given = webhook.headers.get("x-telegram-bot-api-secret-token", "")
    return matches(given, [secret.encode("utf-8", "replace") for secret in secrets]) and given != ""


def _answer(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    """A pressed button turns until its query is answered; the answer may ride on ours ("Making requests when getting updates")."""
    query = callback_of(webhook.body)
    if query is None:
        return Answer(200)
    told = {"method": "answerCallbackQuery", "callback_query_id": query}
    return Answer(200, write_json(told).encode(), "application/json")


TELEGRAM = Channel(
    name="telegram",
    signing_secret="secret_token",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    answer=_answer,
    reads=(
        "text",
        "image",
        "video",
        "audio",
        "file",
        "sticker",
        "location",
        "contact card",
        "poll",
        "postback",
        "edit",
        "unsend",
        "reaction",
        "echo",
    ),
    api_url="https://api.telegram.org",
    media_secrets=frozenset({"bot_token"}),
    media=media,
)
