"""Commands, pressed components and filled forms → messages. Source: Discord, "Receiving and responding"."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from contracts.inbound import MessageReceived
from contracts.values import Content, ContentKind, ReplyHandle
from ingest.channels.discord.answer import COMMAND, COMPONENT, MODAL
from ingest.channels.discord.contents import attachment_of
from ingest.channels.discord.people import contact_of, instant_of_id
from ingest.domain.frame import Frame
from ingest.domain.shape import Json, identity, items, one_of, optional_part, part, text, write_json
from ingest.domain.text import clean
from ingest.domain.webhook import Draft, Webhook

TOKEN_LIFE: Final = timedelta(minutes=15)
_MAX_NESTING: Final = 8


def read_interaction(webhook: Webhook, body: Json) -> Iterator[Draft]:
    """Its token allows follow-ups for a quarter of an hour, also where the bot is no member."""
    if body.get("type") not in (COMMAND, COMPONENT, MODAL):
        return
    interaction, token = identity(body, "id"), text(body, "token")
    member = optional_part(body, "member")
    contact = contact_of(optional_part(member, "user") or part(body, "user"), member, text(body, "locale"))
    place = text(body, "channel_id") or contact.address.value
    at = instant_of_id(interaction)
    thread = {"channel": text(body, "channel_id"), "application": text(body, "application_id")}
    event = MessageReceived(
        **Frame(webhook, place, interaction, at).common(),
        contact=contact,
        provider_message_id=interaction,
        content=_content(body, part(body, "data")),
        reply_handle=ReplyHandle(token=token, expires_at=at + TOKEN_LIFE) if token else None,
        thread={name: value for name, value in thread.items() if value},
    )
    yield Draft(event)


def _content(body: Json, data: Json) -> Content:
    if body["type"] == COMMAND:
        return _command(data)
    read = _component if body["type"] == COMPONENT else _form
    return read(data, optional_part(body, "message"))


def _command(data: Json) -> Content:
    """What was typed; a command on a message quotes it."""
    name, target = identity(data, "name"), text(data, "target_id")
    resolved = optional_part(data, "resolved")
    files = tuple(attachment_of(one) for one in _values(resolved, "attachments"))
    if target:
        quoted = optional_part(optional_part(resolved, "messages"), target)
        words = text(quoted, "content") or _named(resolved).get(target) or name
        return Content(
            kind=ContentKind.POSTBACK, text=words, payload=name, attachments=files, reply_to=text(quoted, "id")
        )
    words = " ".join([f"/{name}", *_typed(data, [file.provider_media_id for file in files])])
    return Content(kind=ContentKind.TEXT, text=words, payload=name, attachments=files)


def _named(resolved: Json) -> dict[str, str]:
    """People, roles and channels that were picked, by their ids; in a server a person may have another name."""
    members = optional_part(resolved, "members")
    known = {
        **optional_part(resolved, "users"),
        **optional_part(resolved, "roles"),
        **optional_part(resolved, "channels"),
    }
    found = {key: one_of(optional_part(members, key), "nick") or _name(one) for key, one in known.items()}
    return {key: name for key, name in found.items() if name}


def _name(one: object) -> str | None:
    return one_of(one, "global_name", "username", "name") if isinstance(one, dict) else None


def _values(resolved: Json, name: str) -> list[Json]:
    return [one for one in optional_part(resolved, name).values() if isinstance(one, dict)]


def _typed(data: Json, files: list[str | None], depth: int = 0) -> Iterator[str]:
    """Options in their order; subcommands hold options of their own."""
    for one in items(data, "options") if depth < _MAX_NESTING else ():
        if not isinstance(one, dict):
            continue
        value = one.get("value")
        if value is None:
            yield from filter(None, (text(one, "name"),))
            yield from _typed(one, files, depth + 1)
        elif value not in files:
            yield clean(str(value))


def _component(data: Json, message: Json) -> Content:
    custom = identity(data, "custom_id")
    picked = [clean(one) for one in items(data, "values") if isinstance(one, str)]
    label = next((text(one, "label") for one in _inside(message) if one.get("custom_id") == custom), None)
    options: dict[str | None, str | None] = {
        text(o, "value"): text(o, "label") for c in _inside(message) for o in items(c, "options") if isinstance(o, dict)
    }
    options.update(_named(optional_part(data, "resolved")))
    words = ", ".join(options.get(one) or one for one in picked) or label
    return Content(
        kind=ContentKind.POSTBACK, text=words, payload=",".join(picked) or custom, reply_to=text(message, "id")
    )


def _form(data: Json, message: Json) -> Content:
    files = tuple(attachment_of(one) for one in _values(optional_part(data, "resolved"), "attachments"))
    filled: dict[str, Any] = {}
    for field in _inside(data):
        if name := text(field, "custom_id"):
            filled[name] = text(field, "value") or [one for one in items(field, "values") if isinstance(one, str)]
    sent = {file.provider_media_id for file in files}
    said = (
        value if isinstance(value, str) else ", ".join(clean(one) for one in value if one not in sent)
        for value in filled.values()
    )
    words = "\n".join(filter(None, said))
    payload = write_json({"custom_id": text(data, "custom_id"), "values": filled})
    return Content(
        kind=ContentKind.POSTBACK, text=words or None, payload=payload, attachments=files, reply_to=text(message, "id")
    )


def _inside(holder: Json, depth: int = 0) -> Iterator[Json]:
    """Every component, in rows, sections and labels."""
    inner = [*items(holder, "components"), holder.get("component")] if depth < _MAX_NESTING else []
    for one in inner:
        if isinstance(one, dict):
            yield one
            yield from _inside(one, depth + 1)
