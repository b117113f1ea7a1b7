"""Pictures of direct messages are behind the user's token; those of posts are public. Source: X, "Message attachments"."""

from urllib.parse import urlsplit

from contracts.values import Attachment
from ingest.handlers.ports import MediaAccount, MediaRequest

_GUARDED = frozenset({"ton.twitter.com", "ton.x.com"})


def media(attachment: Attachment, account: MediaAccount) -> MediaRequest | None:
    if attachment.url is None:
        return None
    place, token = urlsplit(attachment.url), account.secrets.get("access_token")
    guarded = place.scheme == "https" and place.hostname in _GUARDED
    return MediaRequest(attachment.url, {"Authorization": f"Bearer {token}"} if guarded and token else {})
