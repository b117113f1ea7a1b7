"""A file into WhatsApp's store. Source: Cloud API, "Media, Upload media"."""

from typing import Final

from contracts.values import ContentKind
from notifier.channels.carried import CarriedFile
from notifier.channels.multipart import multipart
from notifier.channels.provider import HttpAnswer, Outgoing, ProviderRequest, Sender, Upload
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat


def _ask(file: CarriedFile, kind: ContentKind, message: Outgoing, sender: Sender) -> ProviderRequest | None:
    token, number = sender.secret("access_token"), sender.external_id
    if token is None or number is None:
        return None
    fields = {"messaging_product": "whatsapp", "type": file.mime}
    body, form = multipart(message.key, fields, [("file", file)])
    headers = {"Authorization": f"Bearer {token}", "Content-Type": form}
    return ProviderRequest(f"/{number}/media", Method.FREE_FORM, Repeat.SAFE, headers, body)


def _read(answer: HttpAnswer, file: CarriedFile) -> str | None:
    body = answer.json()
    found = body.get("id") if isinstance(body, dict) else None
    return found if isinstance(found, str) and found else None


UPLOAD: Final = Upload(_ask, _read)
