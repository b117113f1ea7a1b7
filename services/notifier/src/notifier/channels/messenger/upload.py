"""A file into a page's attachments. Source: Messenger Platform, "Attachment Upload API"."""

from typing import Final

from contracts.values import ContentKind
from notifier.channels.carried import CarriedFile
from notifier.channels.multipart import multipart
from notifier.channels.provider import HttpAnswer, Outgoing, ProviderRequest, Sender, Upload, encode_json
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

_KINDS: Final = {
    ContentKind.IMAGE: "image",
    ContentKind.STICKER: "image",
    ContentKind.VIDEO: "video",
    ContentKind.AUDIO: "audio",
}


def _ask(file: CarriedFile, kind: ContentKind, message: Outgoing, sender: Sender) -> ProviderRequest | None:
    token = sender.secret("access_token")
    if token is None:
        return None
    named = {"attachment": {"type": _KINDS.get(kind, "file"), "payload": {"is_reusable": True}}}
    body, form = multipart(message.key, {"message": encode_json(named).decode()}, [("filedata", file)])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": form}
    return ProviderRequest("/me/message_attachments", Method.FREE_FORM, Repeat.SAFE, headers, body)


def _read(answer: HttpAnswer, file: CarriedFile) -> str | None:
    body = answer.json()
    found = body.get("attachment_id") if isinstance(body, dict) else None
    return str(found) if found else None


UPLOAD: Final = Upload(_ask, _read)
