"""Pictures and recordings lie below api.twilio.com and want the account's own credentials; nothing else is given them."""

import base64
from urllib.parse import urlsplit

from contracts.values import Attachment
from ingest.handlers.ports import MediaAccount, MediaRequest

API_URL = "https://api.twilio.com"


def media(attachment: Attachment, account: MediaAccount) -> MediaRequest | None:
    """A file at any other address is public. `account_sid` is the account's option, else the one in the address."""
    url = urlsplit(attachment.url or "")
    if not attachment.url or f"{url.scheme}://{url.netloc}" != API_URL:
        return MediaRequest(attachment.url) if attachment.url else None
    token = account.secrets.get("auth_token")
    sid = account.options.get("account_sid") or _sid(url.path)
    if token is None or sid is None:
        return None
    pair = base64.b64encode(f"{sid}:{token}".encode()).decode()
    whole = account.base_url + url.path + (f"?{url.query}" if url.query else "")
    return MediaRequest(whole, {"Authorization": f"Basic {pair}"})


def _sid(path: str) -> str | None:
    parts = path.split("/")
    return next((parts[i + 1] for i in range(len(parts) - 1) if parts[i] == "Accounts"), None)
