"""A file into Slack, in three requests; the last one is the message. Source: Slack Web API, "files.getUploadURLExternal"."""

from typing import Final
from urllib.parse import urlencode

from contracts.values import ContentKind
from notifier.channels.carried import CarriedFile
from notifier.channels.provider import HttpAnswer, Outgoing, Placing, ProviderRequest, Sender, Upload
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

_FORM: Final = "application/x-www-form-urlencoded"


def _ask(file: CarriedFile, kind: ContentKind, message: Outgoing, sender: Sender) -> ProviderRequest | None:
    """Files are shared in channels only, not with a person whose direct conversation we don't know."""
    token = sender.secret("bot_token")
    if token is None or "channel" not in message.thread:
        return None
    headers = {"Authorization": f"Bearer {token}", "Content-Type": _FORM}
    body = urlencode({"filename": file.name, "length": len(file.content)}).encode()
    return ProviderRequest("/files.getUploadURLExternal", Method.PUSH, Repeat.SAFE, headers, body)


def _read(answer: HttpAnswer, file: CarriedFile) -> Placing | None:
    body = answer.json()
    told = body if isinstance(body, dict) else {}
    url, number = told.get("upload_url"), told.get("file_id")
    if told.get("ok") is not True or not isinstance(url, str) or not isinstance(number, str):
        return None
    headers = {"Content-Type": "application/octet-stream"}
    return Placing(ProviderRequest(url, Method.PUSH, Repeat.SAFE, headers, file.content), number)


UPLOAD: Final = Upload(_ask, _read)
