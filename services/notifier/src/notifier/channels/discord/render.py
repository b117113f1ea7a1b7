"""Content to messages and follow-ups. Source: Discord, "Create Message"; "Create Followup Message"; "Component reference"."""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import quote

from contracts.values import Attachment, Content, ContentKind, QuickReply
from notifier.channels.carried import CarriedFile, carried
from notifier.channels.multipart import multipart
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json, part_key
from notifier.channels.words import as_buttons, as_words, cut, payload_of, public_url, unsupported
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome, permanent
from notifier.domain.splitter import split

TEXT_LIMIT: Final = 2000
MAX_BUTTONS: Final = 25
MAX_EMBEDS: Final = 10
MAX_FILES: Final = 10
LABEL_LIMIT: Final = 80
CUSTOM_ID_LIMIT: Final = 100
NONCE_LIMIT: Final = 25
_ROW, _BUTTON, _SECONDARY = 1, 2, 2
_A_ROW: Final = 5

Part = dict[str, Any]
Files = list[CarriedFile]


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    content, files = _parted(message)
    parts = _parts(content, files)
    if not parts:
        return unsupported("Discord", message.content)
    if message.method is Method.REPLY and message.reply_token is not None:
        return _follow_ups(message, sender, parts, files)
    return _messages(message, sender, parts, files)


def _follow_ups(
    message: Outgoing, sender: Sender, parts: list[Part], files: Files
) -> tuple[ProviderRequest, ...] | Outcome:
    """The interaction's token is the permission."""
    application = message.thread.get("application") or sender.external_id
    if application is None:
        return broken(f"the Discord account '{sender.id}' has no external_id")
    url = f"/webhooks/{quote(application, safe='')}/{quote(message.reply_token or '', safe='')}"
    return tuple(
        _request(message, url, Repeat.NEVER, {}, part, files if number == 0 else [])
        for number, part in enumerate(parts)
    )


def _messages(
    message: Outgoing, sender: Sender, parts: list[Part], files: Files
) -> tuple[ProviderRequest, ...] | Outcome:
    token, channel = sender.secret("bot_token"), message.thread.get("channel")
    if token is None:
        return broken(f"the Discord account '{sender.id}' has no secret 'bot_token'")
    if channel is None:
        return permanent("no_conversation", "Discord only takes answers to channels that we were written to in")
    if message.content.reply_to is not None:
        parts[0]["message_reference"] = {"message_id": message.content.reply_to, "fail_if_not_exists": False}
    url, headers = f"/channels/{quote(channel, safe='')}/messages", {"Authorization": f"Bot {token}"}
    return tuple(
        _request(message, url, Repeat.SAFE, headers, part | _nonce(message, number), files if number == 0 else [])
        for number, part in enumerate(parts)
    )


def _request(
    message: Outgoing, url: str, repeat: Repeat, headers: Mapping[str, str], part: Part, files: Files
) -> ProviderRequest:
    """Source of the form: Discord, "Uploading Files"."""
    body, kind = encode_json(part), "application/json"
    if files:
        named = ((f"files[{number}]", file) for number, file in enumerate(files))
        body, kind = multipart(message.key, {"payload_json": body.decode()}, named)
    method = Method.REPLY if repeat is Repeat.NEVER else Method.PUSH
    return ProviderRequest(url, method, repeat, {**headers, "Content-Type": kind}, body)


def _parted(message: Outgoing) -> tuple[Content, Files]:
    """The files that travel with their bytes, and the content without them."""
    left, files = list[Attachment](), list[CarriedFile]()
    for number, one in enumerate(message.content.attachments, 1):
        file = carried(one, number, message.files) if len(files) < MAX_FILES else None
        if file is None:
            left.append(one)
        else:
            files.append(file)
    return message.content.model_copy(update={"attachments": tuple(left)}), files


def _nonce(message: Outgoing, number: int) -> Part:
    """The same in every attempt: Discord answers a repeated one with the message that it made first."""
    return {"nonce": part_key(message.key, number).hex[:NONCE_LIMIT], "enforce_nonce": True}


def _parts(content: Content, files: Files) -> list[Part]:
    """Nobody is notified by the words alone: `@everyone` stays text."""
    images = [file for file in content.attachments if file.kind is ContentKind.IMAGE and public_url(file)][:MAX_EMBEDS]
    others = tuple(file for file in content.attachments if file not in images)
    buttons = as_buttons(content.quick_replies, MAX_BUTTONS, CUSTOM_ID_LIMIT)
    words = as_words(content.model_copy(update={"attachments": others}), buttons=not buttons)
    if words is None and others:
        return []
    parts: list[Part] = [{"content": piece} for piece in split(words or "", TEXT_LIMIT)]
    if images or files:
        parts = parts or [{}]
    if images:
        parts[0]["embeds"] = [{"image": {"url": file.url}} for file in images]
    if files:
        parts[0]["attachments"] = [{"id": number, "filename": file.name} for number, file in enumerate(files)]
    if buttons and parts:
        parts[-1]["components"] = _rows(buttons)
    return [part | {"allowed_mentions": {"parse": []}} for part in parts]


def _rows(replies: tuple[QuickReply, ...]) -> list[Part]:
    buttons = [
        {
            "type": _BUTTON,
            "style": _SECONDARY,
            "label": cut(one.label, LABEL_LIMIT),
            "custom_id": payload_of(one),
        }
        for one in replies
    ]
    return [{"type": _ROW, "components": buttons[i : i + _A_ROW]} for i in range(0, len(buttons), _A_ROW)]
