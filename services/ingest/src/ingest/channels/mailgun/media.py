"""Files that a `store()` route left at Mailgun: fetched with the API key, which no other host ever sees."""

import base64
from typing import Final
from urllib.parse import urlsplit

from contracts.values import Attachment
from ingest.handlers.ports import MediaAccount, MediaRequest

API_KEY: Final = "api_key"


def media(attachment: Attachment, account: MediaAccount) -> MediaRequest | None:
    key = account.secrets.get(API_KEY)
    if attachment.url is None or key is None or not _is_mailguns(attachment.url, account.base_url):
        return None
    credentials = base64.b64encode(f"api:{key}".encode()).decode("ascii")
    return MediaRequest(attachment.url, {"Authorization": f"Basic {credentials}"})


def _is_mailguns(url: str, base_url: str) -> bool:
    """Or what stands for it here."""
    parts = urlsplit(url)
    is_real = parts.scheme == "https" and (parts.hostname or "").endswith(".mailgun.net")
    return is_real or url.startswith(f"{base_url}/")
