"""Pictures inside a message lie at the connector and want the bot's own token; files of the chat have a link of their own.

Those that Teams left at Microsoft Graph (`…/hostedContents/…/$value`) want a token of the organisation's: with the option `tenant_id`,
and the app's permission ChatMessage.Read.All or ChannelMessage.Read.All there.
Source: Teams, "Bots and files, Receive inline images"; Bot Framework, "Authenticate from your bot to the Bot Connector service";
Graph, "List hostedContents".
"""

from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode, urlsplit

from contracts.values import Attachment
from ingest.domain.shape import Unreadable, mapping, read_json, text
from ingest.handlers.ports import MediaAccount, MediaRequest

API_URL: Final = "https://login.microsoftonline.com"
_CONNECTOR: Final = "https://api.botframework.com/.default"
_GRAPHS: Final = frozenset(
    {"graph.microsoft.com", "graph.microsoft.us", "dod-graph.microsoft.us", "microsoftgraph.chinacloudapi.cn"}
)
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
    scope = _scope(attachment.url or "", account.options)
    if scope is None or not app or not password:
        return None
    tenant = quote(account.options.get("tenant_id", "botframework.com"), safe="")
    fields = {"grant_type": "client_credentials", "client_id": app, "client_secret": password, "scope": scope}
    url = attachment.url or ""
    return MediaRequest(
        f"{account.base_url}/{tenant}/oauth2/v2.0/token",
        body=urlencode(fields).encode(),
        then=lambda answer: _with_token(answer, url),
    )


def _scope(url: str, options: Mapping[str, str]) -> str | None:
    """What the token has to be good for; None where no token may go."""
    place = urlsplit(url)
    if place.hostname in _GRAPHS and place.scheme == "https" and place.port in (None, 443) and "tenant_id" in options:
        return f"https://{place.hostname}/.default"
    return _CONNECTOR if _is_connector(url, options.get("service_hosts", "")) else None


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
