"""A picture, voice or film into WeChat's store, where it lies for 3 days. Source: WeChat, "Temporary media, upload"."""

from typing import Final
from urllib.parse import urlencode

from contracts.values import ContentKind
from notifier.channels.carried import CarriedFile
from notifier.channels.multipart import multipart
from notifier.channels.provider import HttpAnswer, Outgoing, ProviderRequest, Sender, Upload
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

FORMS: Final = {ContentKind.IMAGE: "image", ContentKind.AUDIO: "voice", ContentKind.VIDEO: "video"}


def _ask(file: CarriedFile, kind: ContentKind, message: Outgoing, sender: Sender) -> ProviderRequest | None:
    """Files of other kinds WeChat doesn't take."""
    token, form = sender.secret("access_token"), FORMS.get(kind)
    if token is None or form is None:
        return None
    body, content_type = multipart(message.key, {}, [("media", file)])
    url = f"/cgi-bin/media/upload?{urlencode({'access_token': token, 'type': form})}"
    return ProviderRequest(url, Method.FREE_FORM, Repeat.SAFE, {"Content-Type": content_type}, body)


def _read(answer: HttpAnswer, file: CarriedFile) -> str | None:
    body = answer.json()
    found = body.get("media_id") if isinstance(body, dict) else None
    return found if isinstance(found, str) and found else None


UPLOAD: Final = Upload(_ask, _read)
