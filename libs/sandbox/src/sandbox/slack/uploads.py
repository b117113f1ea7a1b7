"""Slack's uploads in miniature: a place is asked for, filled, and shown. Source: Slack Web API, "files.getUploadURLExternal"."""

from collections import OrderedDict

from sandbox.basic import form
from sandbox.paths import json_object
from sandbox.wire import Answer, Call, Ids, Shown, fingerprint


def refuse(error: str, status: int = 200) -> Answer:
    return Answer(status, {"ok": False, "error": error})


def unauthorised(call: Call) -> str | None:
    if call.bearer is None:
        return "not_authed"
    return None if call.bearer.startswith("xox") else "invalid_auth"


class Uploads:
    """By file, the length that was announced; None once its bytes are there."""

    def __init__(self, ids: Ids, limit: int) -> None:
        self._ids = ids
        self._limit = limit
        self._waiting: OrderedDict[str, int | None] = OrderedDict()

    def reset(self) -> None:
        self._waiting.clear()

    def begin(self, call: Call) -> Answer:
        wrong, fields = unauthorised(call), form(call)
        length = fields.get("length", [""])[0]
        if wrong is not None or not fields.get("filename") or not length.isdecimal() or length == "0":
            return refuse(wrong or "invalid_arguments")
        file = f"F{self._ids.number()}"
        self._waiting[file] = int(length)
        while len(self._waiting) > self._limit:
            self._waiting.popitem(last=False)
        host = call.headers.get("host", "127.0.0.1")
        return Answer(200, {"ok": True, "upload_url": f"http://{host}/slack/upload/{file}", "file_id": file})

    def put(self, call: Call) -> Answer:
        file = call.params["file"]
        if self._waiting.get(file) != len(call.body):
            return Answer(400, b"wrong length", media_type="text/plain")
        self._waiting[file] = None
        return Answer(200, f"OK - {len(call.body)}".encode(), media_type="text/plain")

    def complete(self, call: Call) -> Answer:
        body, wrong = json_object(call), unauthorised(call)
        files = [one.get("id") for one in body.get("files", [])]
        channel = body.get("channel_id")
        if wrong is not None or not isinstance(channel, str) or not channel.startswith(("C", "D", "G")):
            return refuse(wrong or "channel_not_found")
        if not files or any(self._waiting.get(file, 0) is not None for file in files):
            return refuse("file_not_found")
        shown = Shown(
            channel, str(files[0]), "file", body.get("initial_comment"), body, account=fingerprint(call.bearer)
        )
        return Answer(200, {"ok": True, "files": [{"id": file} for file in files]}, shown=(shown,))
