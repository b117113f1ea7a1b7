"""Pictures inside a message lie at the connector and want the bot's own token; files of the chat have a link of their own.

Source: Teams, "Bots and files, Receive inline images"; Bot Framework, "Authenticate from your bot to the Bot Connector service".
"""

from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from contracts.values import Attachment
from ingest.domain.shape import Unreadable, mapping, read_json, text
from ingest.handlers.ports import MediaAccount, MediaRequest

API_URL: Final = "https://login.microsoftonline.com"
_SCOPE: Final = "https://api.botframework.com/.default"
_HOSTS: Final = frozenset({"smba.trafficmanager.net", "api.asm.skype.com"})
_DOMAINS: Final = (
    ".botframework.com",
    ".botframework.us",
    ".botframework.azure.cn",
    ".teams.microsoft.com",
    ".teams.microsoft.us",
    ".asm.skype.com",
    ".botapi.skype.com",
)


def media(attachment: Attachment, account: MediaAccount) -> MediaRequest | None:
    app, password = account.external_id or account.options.get("app_id"), account.secrets.get("app_password")
    if attachment.url is None or not _is_connector(attachment.url, account.options.get("service_hosts", "")):
        return None
    if not app or not password:
        return None
    tenant = quote(account.options.get("tenant_id", "botframework.com"), safe="")
    fields = {"grant_type": "client_credentials", "client_id": app, "client_secret": password, "scope": _SCOPE}
    url = attachment.url
    return MediaRequest(
        f"{account.base_url}/{tenant}/oauth2/v2.0/token",
        body=urlencode(fields).encode(),
        then=lambda answer: _with_token(answer, url),
    )


def _with_token(answer: bytes, url: str) -> MediaRequest | None:
    try:
        token = text(mapping(read_json(answer), "the answer"), "access_token")
    except Unreadable:
        return None
    return MediaRequest(url, {"Authorization": f"Bearer {token}"}) if token else None


def _is_connector(url: str, further: str) -> bool:
    """The token may go to Microsoft only: a customer could name any other host."""
    place = urlsplit(url)
    host = (place.hostname or "").lower()
    if host in {one.strip().lower() for one in further.split(",") if one.strip()}:
        return True
    is_microsofts = host in _HOSTS or host.endswith(_DOMAINS)
    return place.scheme == "https" and place.port in (None, 443) and is_microsofts
