"""Where a Slack file's bytes are: behind the bot's token. Source: Slack, "Working with files"; files.info."""

from typing import Final
from urllib.parse import urlencode, urlsplit

from contracts.values import Attachment
from ingest.domain.shape import Unreadable, mapping, one_of, part, read_json
from ingest.handlers.ports import MediaAccount, MediaRequest

API_URL: Final = "https://slack.com/api"


def media(attachment: Attachment, account: MediaAccount) -> MediaRequest | None:
    token = account.secrets.get("bot_token")
    if token is None or attachment.failure:
        return None
    headers = {"Authorization": f"Bearer {token}"}
    if attachment.url is not None:
        return _download(attachment.url, account.base_url, headers)
    if attachment.provider_media_id is None:
        return None
    query = urlencode({"file": attachment.provider_media_id})
    url = f"{account.base_url}/files.info?{query}"
    return MediaRequest(url, headers, lambda answer: _told(answer, account.base_url, headers))


def _told(answer: bytes, base_url: str, headers: dict[str, str]) -> MediaRequest | None:
    try:
        file = part(mapping(read_json(answer), "the answer"), "file")
    except Unreadable:
        return None
    url = one_of(file, "url_private_download", "url_private")
    return _download(url, base_url, headers) if url else None


def _download(url: str, base_url: str, headers: dict[str, str]) -> MediaRequest:
    """The token goes to Slack's own hosts only; a file kept elsewhere is fetched without it."""
    place, api = urlsplit(url), urlsplit(base_url)
    host = place.hostname or ""
    ours = (place.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))) or (
        place.scheme == api.scheme and place.netloc == api.netloc
    )
    return MediaRequest(url, headers if ours else {})
