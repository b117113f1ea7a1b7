"""The chat's HTTP doors: sessions, files, and the plain way for pages without a socket."""

import asyncio
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl, quote

from pydantic import ValidationError
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from contracts.chat import VisitorSignalled, VisitorTold
from ingest.channels.webchat.files import StoredFile, read_download, sniff, upload_token
from ingest.channels.webchat.frames import MAX_TEXT, Frame, Hello, read_frame, signal_frame
from ingest.channels.webchat.proof import Asked, anonymous, by_hash, by_token
from ingest.channels.webchat.session import RENEWABLE_FOR, Session, Visitor, read_session, write_session
from ingest.domain.chat_cursor import ChatCursor
from ingest.domain.text import clean
from ingest.entrypoints.limits import CALLS, FILES, SESSIONS
from ingest.entrypoints.webchat_door import Chat, Door
from ingest.entrypoints.webchat_page import shown
from ingest.entrypoints.webchat_speech import ask, hear
from runtime.errors import DependencyDown, Malformed, NotFound, Refused
from runtime.file_type import kind_of
from runtime.ids import file_key

_MAX_WAIT_SECONDS: Final = 25
_ANSWER_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Asking:
    """One HTTP request at one account's chat."""

    chat: Chat
    door: Door
    address: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def origin(self) -> str | None:
        return self.headers.get("origin")

    def session(self) -> Session:
        """Raises Refused 401, 403."""
        kind, _, token = self.headers.get("authorization", "").partition(" ")
        if kind.lower() != "bearer":
            raise Refused("session_missing", "Authorization has to be: Bearer and the session token.", status=401)
        return self.door.session(token.strip(), self.origin)


async def start_session(asking: Asking) -> Response:
    """Anybody, a user whom the host site vouches for, or an anonymous visitor who comes back (`renew`)."""
    origin = asking.door.check_origin(asking.origin)
    await asking.chat.limits.address(asking.door.account.id, asking.address, SESSIONS)
    try:
        asked = Asked.model_validate_json(asking.body or b"{}")
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        raise Malformed(f"{first['msg']}.", pointer="/" + "/".join(map(str, first["loc"]))) from None
    door, now = asking.door, asking.chat.reception.clock.now()
    visitor = _visitor(asked, asking, origin)
    session = Session(asking.chat.ids.new().hex, door.account.id, visitor, origin, now + door.session_life)
    shape = {
        "token": write_session(session, door.session_secrets()[0]),
        "visitor": visitor.id,
        "expires_at": session.expires_at.isoformat(timespec="seconds").replace("+00:00", "Z"),
        "socket": f"ws{door.reception.public_url.removeprefix('http')}/webchat/{door.account.id}/socket",
        "max_text": MAX_TEXT,
        "max_file_bytes": door.max_file_bytes,
    }
    return JSONResponse(shape, 201)


def _visitor(asked: Asked, asking: Asking, origin: str) -> Visitor:
    door, now = asking.door, asking.chat.reception.clock.now()
    if asked.user_token is not None:
        return by_token(asked, door.secrets("identity_secret"), door.secrets("identity_key"), door.options, now)
    if asked.user_id is not None or asked.user_hash is not None:
        return by_hash(asked, door.secrets("identity_secret"))
    if asked.renew is not None:
        before = read_session(asked.renew, door.account.id, door.session_secrets(), now, grace=RENEWABLE_FOR)
        if before.visitor.id.startswith("anon:") and before.origin == origin:
            return before.visitor
        raise Refused("not_renewable", "Only an anonymous session can be renewed, from its own origin.", status=401)
    return anonymous(asked, asking.chat.ids.new())


async def say(asking: Asking) -> Response:
    """A frame as on the socket, by POST. 200 with the frame that answers it, 204 where none does."""
    session, said = asking.session(), read_frame(asking.body)
    if isinstance(said, Hello):
        raise Malformed("/type: hello is for sockets.", code="invalid_frame", pointer="/type")
    answer = await hear(said, session, asking.address, asking.door, asking.chat)
    return JSONResponse(answer) if answer is not None else Response(status_code=204)


async def read_messages(asking: Asking) -> Response:
    """`?after=` the last position; with `?wait=` seconds it answers when there is something, or when they are over."""
    session = asking.session()
    await asking.chat.limits.address(session.account, asking.address, CALLS)
    reader = _Reader(ChatCursor(_number(asking.query, "after")), asking.door)
    wait = min(_number(asking.query, "wait"), _MAX_WAIT_SECONDS)
    place = (asking.door.tenant.tenant, session.account, session.visitor.id)
    with asking.chat.hub.join(*place, reader):
        await reader.catch_up(session, asking.chat)
        if wait and not reader.frames:
            await reader.more(wait)
    return JSONResponse({"messages": reader.frames, "after": reader.cursor.position})


class _Reader:
    def __init__(self, cursor: ChatCursor, door: Door) -> None:
        self.cursor = cursor
        self.frames: list[Frame] = []
        self._door = door
        self._heard = asyncio.Event()

    def told(self, event: VisitorTold) -> None:
        self.frames += [shown(line, self._door) for line in self.cursor.take(event)]
        self._heard.set()

    def signalled(self, event: VisitorSignalled) -> None:
        self.frames.append(signal_frame(event))
        self._heard.set()

    async def catch_up(self, session: Session, chat: Chat) -> None:
        """Raises DependencyDown when nobody answers."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                while not self.cursor.caught_up:
                    self._heard.clear()
                    await ask(session, self.cursor.position, self._door, chat)
                    await self._heard.wait()
        except TimeoutError:
            raise DependencyDown("the messages can't be read now") from None

    async def more(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                while not self.frames:
                    self._heard.clear()
                    await self._heard.wait()
        except TimeoutError:
            return


async def take_file(asking: Asking) -> Response:
    """The bytes as the body, `?name=`. Answers the token that a message names the file by."""
    session, chat, door = asking.session(), asking.chat, asking.door
    await chat.limits.visitor(session, "file", FILES)
    if not asking.body:
        raise Malformed("The body is empty.", code="file_empty")
    mime, sha256 = sniff(asking.body), hashlib.sha256(asking.body).hexdigest()
    name = clean(asking.query.get("name", ""))[:200].replace("/", "_").replace("\\", "_") or None
    stored = StoredFile(file_key(door.tenant.tenant, sha256), mime, len(asking.body), sha256, name)
    await chat.reception.files.put(stored.key, asking.body)
    token = upload_token(stored, session.visitor.id, door.session_secrets()[0], chat.reception.clock.now())
    return JSONResponse(
        {"file": token, "kind": str(kind_of(mime)), "mime": mime, "size": stored.size, "sha256": sha256}, 201
    )


async def give_file(asking: Asking, token: str) -> Response:
    """What a message of ours came with: to be saved, never to be run on this origin."""
    value = read_download(token, asking.door.session_secrets(), asking.chat.reception.clock.now())
    content = await asking.chat.reception.files.get(value["key"]) if value else None
    if value is None or content is None:
        raise NotFound("file", "of this link")
    try:
        mime = sniff(content)
    except Refused:
        mime = "application/octet-stream"
    name = quote(value["name"] or "file", safe="")
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{name}",
        "content-security-policy": "default-src 'none'; sandbox",
        "cross-origin-resource-policy": "cross-origin",
    }
    return Response(content, media_type=mime, headers=headers)


def query_of(scope: Scope) -> dict[str, str]:
    return dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))


def _number(query: Mapping[str, str], name: str) -> int:
    text: Any = query.get(name, "0")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise Malformed(f"{name} is not a whole number.", code="invalid_request", pointer=f"/{name}")
    return int(text)
