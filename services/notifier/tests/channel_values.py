"""What the channels' tables are made from."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import notifier.channels
from contracts.values import Address, AddressKind, Author, AuthorKind, Content, ContentKind
from notifier.channels.provider import HttpAnswer, Outgoing, ProviderRequest, Sender
from notifier.domain.choose_path import Method

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
MESSAGE = UUID("01936f6e-0000-7000-8000-000000000001")
KEY = UUID("123e4567-e89b-52d3-a456-426614174000")
USER = Address(kind=AddressKind.LINE_USER, value="U4af4980629")
PHONE = Address(kind=AddressKind.PHONE, value="+819012345678")


def text(words: str, **values: Any) -> Content:
    return Content(kind=ContentKind.TEXT, text=words, **values)


def outgoing(content: Content, address: Address, method: Method, **values: Any) -> Outgoing:
    return Outgoing(
        message_id=MESSAGE,
        case_id=UUID(int=2),
        conversation_id=UUID(int=3),
        key=KEY,
        author=Author(kind=AuthorKind.AGENT, id="sato"),
        content=content,
        address=address,
        method=method,
        requested_at=NOW,
        now=NOW,
        **values,
    )


def sender(**values: Any) -> Sender:
    given: dict[str, Any] = {
        "id": "main",
        "external_id": "1234567890",
        "options": {},
        "secrets": {"access_token": ("tok-new", "tok-old")},
    }
    return Sender(**(given | values))


def shown(request: ProviderRequest) -> tuple[str, str, dict[str, str], Any]:
    return request.method, request.url, dict(request.headers), json.loads(request.body)


def sample(channel: str, name: str) -> HttpAnswer:
    path = Path(notifier.channels.__file__).parent / channel / "samples" / f"{name}.json"
    kept = json.loads(path.read_text("utf-8"))
    body = b"<html>oops</html>" if kept["body"] is None else json.dumps(kept["body"]).encode()
    return HttpAnswer(kept["status"], kept["headers"], body)


def samples(channel: str) -> set[str]:
    return {path.stem for path in (Path(notifier.channels.__file__).parent / channel / "samples").glob("*.json")}
