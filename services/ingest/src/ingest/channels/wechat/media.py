"""Voices, videos and pictures by their media id, which lives three days. Source: WeChat, "Get temporary media".

The token comes from the plain interface: the notifier's stable tokens are kept apart from it by WeChat.
"""

from typing import Final
from urllib.parse import urlencode

from contracts.values import Attachment
from ingest.domain.shape import Unreadable, mapping, read_json, text
from ingest.handlers.ports import MediaAccount, MediaRequest

API_URL: Final = "https://api.weixin.qq.com"


def media(attachment: Attachment, account: MediaAccount) -> MediaRequest | None:
    if attachment.url is not None:
        return MediaRequest(attachment.url)
    app_id = account.options.get("app_id") or account.external_id
    secret, media_id = account.secrets.get("app_secret"), attachment.provider_media_id
    if not app_id or not secret or not media_id:
        return None
    query = urlencode({"grant_type": "client_credential", "appid": app_id, "secret": secret})
    return MediaRequest(
        f"{account.base_url}/cgi-bin/token?{query}", then=lambda answer: _with_token(answer, account.base_url, media_id)
    )


def _with_token(answer: bytes, base_url: str, media_id: str) -> MediaRequest | None:
    try:
        token = text(mapping(read_json(answer), "the answer"), "access_token")
    except Unreadable:
        return None
    query = urlencode({"access_token": token, "media_id": media_id})
    return MediaRequest(f"{base_url}/cgi-bin/media/get?{query}") if token else None
