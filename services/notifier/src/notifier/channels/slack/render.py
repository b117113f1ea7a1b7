"""Content to chat.postMessage. Source: Slack Web API, "chat.postMessage"; Block Kit, "Blocks", "Button element"."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

from contracts.values import Attachment, Content, ContentKind, QuickReply
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json
from notifier.channels.words import as_buttons, as_words, cut, payload_of, public_url, unsupported
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome
from notifier.domain.splitter import split

TEXT_LIMIT: Final = 4000
SECTION_LIMIT: Final = 3000
LABEL_LIMIT: Final = 75
VALUE_LIMIT: Final = 2000
MAX_BUTTONS: Final = 25

Part = dict[str, Any]


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    """Into the channel and thread that the last message came from, else to the person directly."""
    token = sender.secret("bot_token")
    if token is None:
        return broken(f"the Slack account '{sender.id}' has no secret 'bot_token'")
    shared, content = _parted(message)
    parts = _parts(content)
    if not parts and not shared:
        return unsupported("Slack", message.content)
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json; charset=utf-8"}
    calls = [("/files.completeUploadExternal", _sharing(shared, message.thread))] if shared else []
    calls += [("/chat.postMessage", _frame(message) | part) for part in parts]
    return tuple(ProviderRequest(url, message.method, Repeat.NEVER, headers, encode_json(body)) for url, body in calls)


def _parted(message: Outgoing) -> tuple[list[Attachment], Content]:
    """The files that Slack has taken, and the content without them."""
    shared = [one for one in message.content.attachments if one.object_key in message.placed]
    others = tuple(one for one in message.content.attachments if one not in shared)
    return shared, message.content.model_copy(update={"attachments": others})


def _sharing(files: list[Attachment], thread: Mapping[str, str]) -> Part:
    """Shows them where the last message came from. Source: Slack Web API, "files.completeUploadExternal"."""
    named = [{"id": one.provider_media_id, "title": one.file_name or "file"} for one in files]
    place: Part = {"files": named, "channel_id": thread["channel"]}
    return place | ({"thread_ts": thread["thread_ts"]} if "thread_ts" in thread else {})


def _frame(message: Outgoing) -> Part:
    """The metadata name our message for whoever reads the channel's history."""
    frame: Part = {"channel": message.thread.get("channel") or message.address.value}
    if root := message.thread.get("thread_ts"):
        frame["thread_ts"] = root
    payload = {"message_id": str(message.message_id)}
    return frame | {"metadata": {"event_type": "madoguchi_message", "event_payload": payload}}


def _parts(content: Content) -> list[Part]:
    images = [file for file in content.attachments if file.kind is ContentKind.IMAGE and public_url(file)]
    others = tuple(file for file in content.attachments if file not in images)
    buttons = as_buttons(content.quick_replies, MAX_BUTTONS, VALUE_LIMIT)
    words = as_words(content.model_copy(update={"attachments": others}), buttons=not buttons)
    if words is None and others:
        return []
    pieces = split(words or "", SECTION_LIMIT if buttons else TEXT_LIMIT, _escaped_length)
    pictures: list[Part] = [_pictures(images)] if images else []
    parts: list[Part] = [*pictures, *({"text": escape(piece, quote=False)} for piece in pieces)]
    if buttons and parts:
        elements = [_button(n, one) for n, one in enumerate(buttons)]
        parts[-1]["blocks"] = [*_blocks(parts[-1]), {"type": "actions", "elements": elements}]
    return parts


def _blocks(part: Part) -> list[Part]:
    """Where there are blocks, `text` is for notifications only."""
    shown: list[Part] = part.get("blocks", [])
    return shown or [{"type": "section", "text": {"type": "mrkdwn", "text": part["text"]}}]


def _escaped_length(text: str) -> int:
    """Slack's limits are of what it is sent."""
    return len(escape(text, quote=False))


def _button(number: int, reply: QuickReply) -> Part:
    return {
        "type": "button",
        "action_id": f"quick_reply_{number}",
        "text": {"type": "plain_text", "text": cut(reply.label, LABEL_LIMIT)},
        "value": payload_of(reply),
    }


def _pictures(images: list[Attachment]) -> Part:
    blocks = [{"type": "image", "image_url": one.url, "alt_text": one.file_name or "image"} for one in images]
    return {"text": ", ".join(block["alt_text"] or "" for block in blocks), "blocks": blocks}
