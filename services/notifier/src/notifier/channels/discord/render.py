"""Content to messages and follow-ups. Source: Discord, "Create Message"; "Create Followup Message"; "Component reference"."""

from typing import Any, Final
from urllib.parse import quote

from contracts.values import Content, ContentKind, QuickReply
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json, part_key
from notifier.channels.words import as_buttons, as_words, cut, payload_of, public_url, unsupported
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome, permanent
from notifier.domain.splitter import split

TEXT_LIMIT: Final = 2000
MAX_BUTTONS: Final = 25
MAX_EMBEDS: Final = 10
LABEL_LIMIT: Final = 80
CUSTOM_ID_LIMIT: Final = 100
NONCE_LIMIT: Final = 25
_ROW, _BUTTON, _SECONDARY = 1, 2, 2
_A_ROW: Final = 5

Part = dict[str, Any]


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    parts = _parts(message.content)
    if not parts:
        return unsupported("Discord", message.content)
    if message.method is Method.REPLY and message.reply_token is not None:
        return _follow_ups(message, sender, parts)
    return _messages(message, sender, parts)


def _follow_ups(message: Outgoing, sender: Sender, parts: list[Part]) -> tuple[ProviderRequest, ...] | Outcome:
    """The interaction's token is the permission."""
    application = message.thread.get("application") or sender.external_id
    if application is None:
        return broken(f"the Discord account '{sender.id}' has no external_id")
    url = f"/webhooks/{quote(application, safe='')}/{quote(message.reply_token or '', safe='')}"
    headers = {"Content-Type": "application/json"}
    return tuple(ProviderRequest(url, Method.REPLY, Repeat.NEVER, headers, encode_json(part)) for part in parts)


def _messages(message: Outgoing, sender: Sender, parts: list[Part]) -> tuple[ProviderRequest, ...] | Outcome:
    token, channel = sender.secret("bot_token"), message.thread.get("channel")
    if token is None:
        return broken(f"the Discord account '{sender.id}' has no secret 'bot_token'")
    if channel is None:
        return permanent("no_conversation", "Discord only takes answers to channels that we were written to in")
    if message.content.reply_to is not None:
        parts[0]["message_reference"] = {"message_id": message.content.reply_to, "fail_if_not_exists": False}
    headers = {"Authorization": f"Bot {token}", "Content-Type": "application/json"}
    return tuple(
        ProviderRequest(
            f"/channels/{quote(channel, safe='')}/messages", Method.PUSH, Repeat.SAFE, headers, encode_json(part | once)
        )
        for part, once in ((part, _nonce(message, number)) for number, part in enumerate(parts))
    )


def _nonce(message: Outgoing, number: int) -> Part:
    """The same in every attempt: Discord answers a repeated one with the message that it made first."""
    return {"nonce": part_key(message.key, number).hex[:NONCE_LIMIT], "enforce_nonce": True}


def _parts(content: Content) -> list[Part]:
    """Nobody is notified by the words alone: `@everyone` stays text."""
    images = [file for file in content.attachments if file.kind is ContentKind.IMAGE and public_url(file)][:MAX_EMBEDS]
    others = tuple(file for file in content.attachments if file not in images)
    buttons = as_buttons(content.quick_replies, MAX_BUTTONS, CUSTOM_ID_LIMIT)
    words = as_words(content.model_copy(update={"attachments": others}), buttons=not buttons)
    if words is None and others:
        return []
    parts: list[Part] = [{"content": piece} for piece in split(words or "", TEXT_LIMIT)]
    if images:
        parts = parts or [{}]
        parts[0]["embeds"] = [{"image": {"url": file.url}} for file in images]
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
