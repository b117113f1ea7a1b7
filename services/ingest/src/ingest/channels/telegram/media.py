"""A file id → its bytes, in two steps. Both URLs hold the bot's token: they never leave this server.

Telegram Bot API, "getFile": the path is good for an hour, files up to 20 MB.
"""

from urllib.parse import quote, urlencode

from contracts.values import Attachment
from ingest.domain.shape import Unreadable, mapping, part, read_json, text
from ingest.handlers.ports import MediaAccount, MediaRequest


def media(attachment: Attachment, account: MediaAccount) -> MediaRequest | None:
    token = account.secrets.get("bot_token")
    if attachment.provider_media_id is None or token is None:
        return None

    def then(answer: bytes) -> MediaRequest | None:
        try:
            path = text(part(mapping(read_json(answer), "the answer"), "result"), "file_path")
        except Unreadable:
            return None
        return MediaRequest(f"{account.base_url}/file/bot{token}/{quote(path)}") if path else None

    asked = urlencode({"file_id": attachment.provider_media_id})
    return MediaRequest(f"{account.base_url}/bot{token}/getFile?{asked}", then=then)
