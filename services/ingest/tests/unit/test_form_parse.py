"""A form as browsers post it → one message; which pages may; who is caught."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from contracts.config import ChannelAccount, Queue, TenantConfig
from contracts.inbound import MessageReceived
from contracts.values import AddressKind, ContentKind
from ingest.adapters.memory import MemoryFiles, MemoryProducer
from ingest.channels import CHANNELS
from ingest.domain.webhook import Draft, Webhook
from ingest.wiring import build_for_tests
from runtime.errors import Malformed
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
FORM, DOOR = "application/x-www-form-urlencoded", CHANNELS["form"]
OPTIONS = {"origins": "https://shop.example.com, https://kiosk.example.com"}
FIELDS = {
    "name": "佐藤 葵",
    "email": "Aoi@Example.jp",
    "tel": "03-1234-5678",
    "message": "返金したいです",
    "店舗": "大阪",
}
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


def asked(body: bytes, media: str = FORM, options: dict[str, str] | None = None, **headers: str) -> Webhook:
    account = ChannelAccount(id="contact", channel="form", options=OPTIONS | (options or {}))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Webhook("acme", account, {"content-type": media, **named}, body, NOW)


def multipart(fields: dict[str, str], files: list[tuple[str, bytes, str]]) -> tuple[bytes, str]:
    request = httpx.Request("POST", "https://x", data=fields, files=[("file", one) for one in files])
    return request.read(), request.headers["content-type"]


def the_draft(webhook: Webhook) -> Draft:
    (draft,) = DOOR.parse(webhook, {}.get)
    return draft


def event_of(webhook: Webhook) -> Any:
    return the_draft(webhook).event


@pytest.mark.parametrize("how", ["form", "json"])
def test_a_form(how: str) -> None:
    body = urlencode(FIELDS).encode() if how == "form" else json.dumps(FIELDS).encode()
    event = event_of(asked(body, FORM if how == "form" else "application/json"))
    assert isinstance(event, MessageReceived)
    assert (event.content.kind, event.content.text) == (ContentKind.TEXT, "返金したいです")
    assert (event.contact.address.kind, event.contact.address.value) == (AddressKind.EMAIL, "aoi@example.jp")
    assert [(one.kind, one.value) for one in event.contact.alternates] == [(AddressKind.PHONE, "0312345678")]
    assert (event.contact.display_name, event.conversation) == ("佐藤 葵", "aoi@example.jp")
    assert json.loads(event.content.payload) == {"店舗": "大阪"}


@pytest.mark.parametrize("how", ["form", "json", "multipart"])
def test_boxes_under_one_name_are_all_kept(how: str) -> None:
    body, media = urlencode([("text", "x"), ("topic", "返品"), ("topic", "返金")]).encode(), FORM
    if how == "json":
        body, media = json.dumps({"text": "x", "topic": ["返品", "返金"]}).encode(), "application/json"
    if how == "multipart":
        request = httpx.Request(
            "POST", "https://x", data={"text": "x", "topic": ["返品", "返金"]}, files={"f": ("", b"")}
        )
        body, media = request.read(), request.headers["content-type"]
    assert json.loads(event_of(asked(body, media)).content.payload) == {"topic": "返品, 返金"}


def test_files_come_along() -> None:
    body, media = multipart({"text": "写真です"}, [("C:\\a\\写真.png", PNG, "text/html"), ("", b"", "image/png")])
    draft = the_draft(asked(body, media))
    (attachment,), (file,) = draft.event.content.attachments, draft.files
    assert (attachment.kind, attachment.mime, attachment.file_name) == (ContentKind.IMAGE, "image/png", "写真.png")
    assert (attachment.object_key, file.content, attachment.size_bytes) == (file.object_key, PNG, len(PNG))


def test_a_second_click_is_the_same_message_and_two_forms_are_two() -> None:
    body = urlencode(FIELDS | {"id": "3f0e"}).encode()
    assert event_of(asked(body)).provider_event_id == "3f0e"
    assert event_of(asked(body, idempotency_key="k-1")).provider_event_id == "k-1"
    plain = urlencode({"text": "a"}).encode()
    first = event_of(asked(plain))
    later = event_of(Webhook("acme", asked(plain).account, {"content-type": FORM}, plain, NOW + timedelta(seconds=1)))
    assert first.provider_event_id != later.provider_event_id
    assert (first.contact.address.kind, first.conversation) == (AddressKind.VISITOR, first.provider_event_id)


@pytest.mark.parametrize(
    ("fields", "options", "caught"),
    [
        ({}, {}, False),
        ({"website": "http://spam"}, {}, True),
        ({"website": ""}, {}, False),
        ({"nickname": "x"}, {"trap": "nickname"}, True),
        ({"opened_at": str(int(NOW.timestamp() * 1000) - 900)}, {"least_seconds": "2"}, True),
        ({"opened_at": str(int(NOW.timestamp() * 1000) - 9000)}, {"least_seconds": "2"}, False),
        ({}, {"least_seconds": "2"}, True),
        ({"opened_at": "9" * 14}, {"least_seconds": "2"}, True),
    ],
)
def test_machines_fall_into_the_trap(fields: dict[str, str], options: dict[str, str], caught: bool) -> None:
    body = urlencode({"text": "a"} | fields).encode()
    assert (DOOR.parse(asked(body, options=options), {}.get) == ()) is caught


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"name": "a"}, "/text"),
        ({"text": " "}, "/text"),
        ({"text": "a", "email": "not an address"}, "/email"),
        ({"text": "a", "phone": "call me"}, "/phone"),
        ({"text": "a" * 20_001}, "/text"),
        ({"text": "a", "x/y": "b" * 1_001}, "/x~1y"),
        ({"text": "a"} | {f"f{n}": "1" for n in range(100)}, "/files"),
    ],
)
def test_a_mistake_is_told_with_its_field(fields: dict[str, str], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        DOOR.parse(asked(urlencode(fields).encode()), {}.get)
    assert (refused.value.code, refused.value.pointer) == ("invalid_form", pointer)


@pytest.mark.parametrize(
    ("media", "body"),
    [
        ("application/json", b"[]"),
        ("application/json", b"{"),
        ("multipart/form-data", b"x"),
        ("multipart/form-data; boundary=b", b"--b\r\nno end"),
    ],
)
def test_what_is_no_form_is_told(media: str, body: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        DOOR.parse(asked(body, media), {}.get)
    assert (refused.value.code, refused.value.status) == ("invalid_form", 400)


@pytest.mark.parametrize(
    ("origin", "may"),
    [
        ("https://shop.example.com", True),
        ("https://SHOP.example.com", True),
        ("https://kiosk.example.com", True),
        ("http://shop.example.com", False),
        ("https://shop.example.com.evil.example", False),
        ("null", False),
        ("", False),
    ],
)
def test_the_origin_decides(origin: str, may: bool) -> None:
    assert DOOR.verify(asked(b"text=a", origin=origin), ()) is may


def test_an_account_without_origins_takes_nothing() -> None:
    bare = Webhook("t", ChannelAccount(id="a", channel="form"), {"origin": "https://shop.example.com"}, b"", NOW)
    assert not DOOR.verify(bare, ())


async def test_a_browser_is_let_in_by_its_preflight_and_the_files_are_kept() -> None:
    account = ChannelAccount(id="contact", channel="form", options=OPTIONS)
    tenant = TenantConfig(
        tenant="acme",
        revision=1,
        applied_at=NOW,
        default_queue="q",
        queues=(Queue(id="q"),),
        channel_accounts=(account,),
    )
    broker, files = MemoryProducer(), MemoryFiles()
    app = build_for_tests(fixed_config(tenant), ManualClock(NOW), {}, broker, files=files)
    page = {"origin": "https://shop.example.com"}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ingest") as client:
        asked_first = await client.options(
            "/webhooks/form/contact", headers=page | {"access-control-request-method": "POST"}
        )
        assert asked_first.status_code == 204
        assert asked_first.headers["access-control-allow-origin"] == "https://shop.example.com"
        assert (
            await client.options("/webhooks/form/contact", headers={"origin": "https://evil.example"})
        ).status_code == 403
        assert (await client.options("/webhooks/form/nobody", headers=page)).status_code == 404
        assert (await client.options("/webhooks/line/contact", headers=page)).status_code == 404
        sent = await client.post(
            "/webhooks/form/contact", data={"text": "a"}, files={"f": ("a.png", PNG)}, headers=page
        )
        assert (sent.status_code, sent.json()) == (202, {"accepted": True})
        assert sent.headers["access-control-allow-origin"] == "https://shop.example.com"
        elsewhere = await client.post(
            "/webhooks/form/contact", data={"text": "a"}, headers={"origin": "https://evil.example"}
        )
        assert (elsewhere.status_code, elsewhere.json()["code"]) == (401, "wrong_signature")
    assert [record.envelope.type for record in broker.records] == ["MessageReceived"]
    assert list(files.kept.values()) == [PNG]
