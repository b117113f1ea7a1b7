"""The chat's plain doors: who gets a session, which files are taken, and the way without a socket."""

import asyncio
import hashlib
import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
from chat_house import NOW, ORIGIN, SECRETS, ChatHouse
from joserfc import jwt
from joserfc.jwk import OctKey

from contracts.inbound import MessageReceived, ReceiptReceived
from contracts.values import AddressKind, ContentKind

CHAT = "/webchat/shop-chat"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture
async def house() -> AsyncIterator[ChatHouse]:
    async with ChatHouse.open() as house:
        yield house


def bearer(session: dict[str, Any]) -> dict[str, str]:
    return {"authorization": f"Bearer {session['token']}"}


def user_token(secret: str = SECRETS["env:IDENTITY"], **changes: Any) -> str:
    claims = {"sub": "42", "aud": "chat", "exp": int(NOW.timestamp()) + 300, "email": "a@example.com", "name": "鈴木"}
    given = {name: value for name, value in (claims | changes).items() if value is not None}
    return jwt.encode({"alg": "HS256"}, given, OctKey.import_key(secret))


async def test_an_anonymous_visitor_comes_back_as_the_same(house: ChatHouse) -> None:
    first, other = await house.session(), await house.session()
    assert first["visitor"] != other["visitor"]
    assert first["socket"] == "wss://hooks.example.com/webchat/shop-chat/socket"
    house.clock.advance(timedelta(days=3))
    again = await house.session(renew=first["token"])
    assert again["visitor"] == first["visitor"]
    house.clock.advance(timedelta(days=40))
    answer = await house.http.post(f"{CHAT}/sessions", json={"renew": again["token"]})
    assert (answer.status_code, answer.json()["code"]) == (401, "session_expired")


async def test_a_user_is_who_the_host_site_says(house: ChatHouse) -> None:
    digest = hmac.new(SECRETS["env:IDENTITY"].encode(), b"42", hashlib.sha256).hexdigest()
    by_hash = await house.session(user_id="42", user_hash=digest)
    by_token = await house.session(user_token=user_token())
    assert by_hash["visitor"] == by_token["visitor"] == "user:42"
    assert (
        await house.http.post(
            f"{CHAT}/messages", json={"type": "message", "id": str(uuid4()), "text": "x"}, headers=bearer(by_token)
        )
    ).status_code == 200
    (event,) = [one for one in house.events() if isinstance(one, MessageReceived)]
    assert event.contact.display_name == "鈴木"
    assert [(one.kind, one.value) for one in event.contact.alternates] == [(AddressKind.EMAIL, "a@example.com")]
    refused = await house.http.post(f"{CHAT}/sessions", json={"renew": by_token["token"]})
    assert refused.json()["code"] == "not_renewable"


@pytest.mark.parametrize(
    "asked",
    [
        {"user_id": "42"},
        {"user_id": "42", "user_hash": "0" * 64},
        {"user_id": "43", "user_hash": hmac.new(SECRETS["env:IDENTITY"].encode(), b"42", "sha256").hexdigest()},
        {"user_hash": hmac.new(SECRETS["env:IDENTITY"].encode(), b"", "sha256").hexdigest()},
        {"user_token": "a.b.c"},
        {"user_token": user_token("another secret of the right length")},
        {"user_token": user_token(exp=int(NOW.timestamp()) - 60)},
        {"user_token": user_token(exp=None)},
        {"user_token": user_token(aud="another")},
        {"user_token": user_token(sub=None)},
        {"user_token": "eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiIsImF1ZCI6ImNoYXQiLCJleHAiOjQxMDI0NDQ4MDB9."},
        {"renew": "forged.token"},
    ],
)
async def test_nobody_is_believed_without_proof(house: ChatHouse, asked: dict[str, str]) -> None:
    answer = await house.http.post(f"{CHAT}/sessions", json=asked)
    assert answer.status_code == 401
    assert answer.json()["code"] in ("identity_unproved", "session_invalid")


async def test_an_account_without_an_identity_secret_believes_no_hash(house: ChatHouse) -> None:
    empty = hmac.new(b"", b"42", hashlib.sha256).hexdigest()
    async with httpx.AsyncClient(base_url=str(house.http.base_url)) as app:
        answer = await app.post("/webchat/app-chat/sessions", json={"user_id": "42", "user_hash": empty})
        assert answer.status_code == 401
        assert (await app.post("/webchat/app-chat/sessions", json={})).status_code == 201


async def test_sessions_are_for_the_accounts_own_pages(house: ChatHouse) -> None:
    evil = {"origin": "https://evil.example"}
    refused = await house.http.post(f"{CHAT}/sessions", json={}, headers=evil)
    assert (refused.status_code, refused.json()["code"]) == (403, "origin_not_allowed")
    assert "access-control-allow-origin" not in refused.headers
    session = await house.session()
    for origin in ("https://evil.example", "https://www.shop.example"):
        answer = await house.http.get(f"{CHAT}/messages", headers=bearer(session) | {"origin": origin})
        assert answer.json()["code"] == "origin_not_allowed"
    assert (await house.http.post("/webchat/nobody/sessions", json={})).json()["code"] == "account_not_found"
    assert (await house.http.get("/webchat/app-chat/messages", headers=bearer(session))).status_code == 401


async def test_a_browser_may_ask_before_it_sends(house: ChatHouse) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": "authorization"}
    answer = await house.http.options(f"{CHAT}/messages", headers=asked)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-origin"] == ORIGIN
    assert answer.headers["vary"] == "Origin"
    assert "authorization" in answer.headers["access-control-allow-headers"]


async def test_without_a_socket_words_go_by_post_and_come_by_get(house: ChatHouse) -> None:
    session, id = await house.session(), str(uuid4())
    said = {"type": "message", "id": id, "text": "hello"}
    answers = [await house.http.post(f"{CHAT}/messages", json=said, headers=bearer(session)) for _ in range(2)]
    assert [answer.json() for answer in answers] == [{"type": "ack", "id": id}] * 2
    assert len({one.envelope.id for one in house.keeper.records if one.envelope.type == "MessageReceived"}) == 1
    for text in ("one", "two", "three"):
        house.keeper.say(session["visitor"], text)
    answer = await house.http.get(f"{CHAT}/messages", params={"after": 1}, headers=bearer(session))
    assert [one["text"] for one in answer.json()["messages"]] == ["two", "three"]
    assert answer.json()["after"] == 3
    seen = {"type": "read", "positions": [2, 3]}
    assert (await house.http.post(f"{CHAT}/messages", json=seen, headers=bearer(session))).status_code == 204
    receipts = [one.provider_message_id for one in house.events() if isinstance(one, ReceiptReceived)]
    assert receipts == [f"{session['visitor']}/2", f"{session['visitor']}/3"]


async def test_a_waiting_get_is_answered_by_the_next_reply(house: ChatHouse) -> None:
    session = await house.session()
    asked = asyncio.create_task(
        house.http.get(f"{CHAT}/messages", params={"after": 0, "wait": 20}, headers=bearer(session))
    )
    async with asyncio.timeout(10):
        while not any(one.envelope.type == "ChatResumed" for one in house.keeper.records):
            await asyncio.sleep(0.01)
        house.keeper.say(session["visitor"], "here")
        answer = await asked
    assert [one["text"] for one in answer.json()["messages"]] == ["here"]


async def test_a_file_is_what_its_bytes_say(house: ChatHouse) -> None:
    session = await house.session()
    headers = bearer(session) | {"content-type": "text/html"}
    answer = await house.http.post(f"{CHAT}/files", params={"name": "../領収書.png"}, content=PNG, headers=headers)
    assert (answer.status_code, answer.json()["mime"]) == (201, "image/png")
    said = {"type": "message", "id": str(uuid4()), "files": [answer.json()["file"]]}
    assert (await house.http.post(f"{CHAT}/messages", json=said, headers=bearer(session))).status_code == 200
    (event,) = [one for one in house.events() if isinstance(one, MessageReceived)]
    (file,) = event.content.attachments
    assert (file.kind, file.mime, file.size_bytes) == (ContentKind.IMAGE, "image/png", len(PNG))
    assert (file.sha256, file.file_name) == (hashlib.sha256(PNG).hexdigest(), ".._領収書.png")
    assert house.files.kept == {file.object_key: PNG}
    stolen = await house.http.post(
        f"{CHAT}/messages", json=said | {"id": str(uuid4())}, headers=bearer(await house.session())
    )
    assert stolen.json()["code"] == "file_unknown"


@pytest.mark.parametrize(
    "content",
    [
        b"<html><script>alert(1)</script></html>",
        b'\xef\xbb\xbf  <svg xmlns="http://www.w3.org/2000/svg"/>',
        b"MZ\x90\x00\x03",
        b"PK\x03\x04....",
        b"#!/bin/sh\x00",
    ],
)
async def test_files_that_could_do_something_are_refused(house: ChatHouse, content: bytes) -> None:
    session = await house.session()
    answer = await house.http.post(f"{CHAT}/files", content=content, headers=bearer(session))
    assert (answer.status_code, answer.json()["code"]) == (415, "file_type_unsupported")
    assert house.files.kept == {}


@pytest.mark.parametrize(("door", "size", "status"), [("files", 1024 * 1024 + 1, 413), ("messages", 70_000, 413)])
async def test_a_bodys_size_is_its_doors(house: ChatHouse, door: str, size: int, status: int) -> None:
    """Announced, so that it is refused before any of it is sent."""
    session = await house.session()
    reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
    head = f"POST {CHAT}/{door} HTTP/1.1\r\nhost: chat\r\norigin: {ORIGIN}\r\n"
    writer.write(f"{head}authorization: Bearer {session['token']}\r\ncontent-length: {size}\r\n\r\n".encode())
    async with asyncio.timeout(10):
        answer = await reader.read()
    writer.close()
    assert answer.startswith(f"HTTP/1.1 {status}".encode())
    assert b"body_too_large" in answer


async def test_nothing_is_done_without_a_session(house: ChatHouse) -> None:
    for method, path in (("GET", "messages"), ("POST", "messages"), ("POST", "files")):
        answer = await house.http.request(method, f"{CHAT}/{path}", content=b"{}" if method == "POST" else None)
        assert (answer.status_code, answer.json()["code"]) == (401, "session_missing")
    assert (await house.http.get(f"{CHAT}/sessions")).status_code == 405
    assert (await house.http.get("/webchat/shop-chat/elsewhere")).status_code == 404


async def test_too_many_sessions_from_one_address_wait(house: ChatHouse) -> None:
    answers = [await house.http.post(f"{CHAT}/sessions", json={}) for _ in range(40)]
    limited = [one for one in answers if one.status_code == 429]
    assert limited
    assert {one.json()["code"] for one in limited} == {"rate_limited"}
    assert all(int(one.headers["retry-after"]) >= 1 for one in limited)
