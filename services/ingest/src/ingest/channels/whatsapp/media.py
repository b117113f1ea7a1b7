"""A media id → its bytes, in two steps: where they are (for five minutes), then the file; both with our token.

Meta, "Media" of the Cloud API reference: "Retrieve media URL", "Download media".
"""

from contracts.values import Attachment
from ingest.domain.shape import Unreadable, mapping, read_json, text
from ingest.handlers.ports import MediaAccount, MediaRequest


def media(attachment: Attachment, account: MediaAccount) -> MediaRequest | None:
    token = account.secrets.get("access_token")
    if attachment.provider_media_id is None or token is None:
        return None
    headers = {"Authorization": f"Bearer {token}"}

    def then(answer: bytes) -> MediaRequest | None:
        try:
            url = text(mapping(read_json(answer), "the answer"), "url")
        except Unreadable:
            return None
        return MediaRequest(url, headers) if url else None

    return MediaRequest(f"{account.base_url}/{attachment.provider_media_id}", headers, then)
