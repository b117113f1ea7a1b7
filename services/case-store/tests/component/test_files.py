"""Files of messages at the API."""

from typing import Any

import pytest

from contracts.outbound import SendRequested
from contracts.values import Attachment, Content, ContentKind

pytestmark = pytest.mark.integration


async def shown(house: Any, attachment: Attachment, index: int = 0, **headers: str) -> Any:
    message = house.line_message(content=Content(kind=ContentKind.FILE, attachments=(attachment,)))
    case_id = await house.open_case(message)
    (filed,) = (await house.api.get(f"/v1/cases/{case_id}/messages")).json()["items"]
    return await house.api.get(f"/v1/messages/{filed['id']}/attachments/{index}", headers=headers)


async def test_a_file_comes_as_it_was_stored(house: Any) -> None:
    await house.files.put("files/acme/9f/1", b"%PDF-1.7")
    held = Attachment(
        kind=ContentKind.FILE, object_key="files/acme/9f/1", mime="application/pdf", file_name="請求書.pdf"
    )
    answer = await shown(house, held)
    assert (answer.status_code, answer.content) == (200, b"%PDF-1.7")
    assert answer.headers["content-type"] == "application/pdf"
    disposition = "attachment; filename*=UTF-8''%E8%AB%8B%E6%B1%82%E6%9B%B8.pdf"
    assert answer.headers["content-disposition"] == disposition
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("mime", "place"), [("image/png", "inline"), ("text/html", "attachment")])
async def test_a_picture_is_shown_and_a_page_is_not(house: Any, mime: str, place: str) -> None:
    await house.files.put("files/acme/9f/1", b"<script>")
    answer = await shown(house, Attachment(kind=ContentKind.FILE, object_key="files/acme/9f/1", mime=mime))
    assert answer.headers["content-disposition"].startswith(f"{place};")
    assert "sandbox" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(
    ("attachment", "index", "status", "code"),
    [
        (Attachment(kind=ContentKind.FILE, provider_media_id="1"), 0, 409, "file_not_here"),
        (Attachment(kind=ContentKind.FILE, url="https://x.example", failure="answered 404"), 0, 409, "file_not_here"),
        (Attachment(kind=ContentKind.FILE, object_key="files/acme/9f/none"), 0, 409, "file_not_here"),
        (Attachment(kind=ContentKind.FILE, provider_media_id="1"), 1, 404, "attachment_not_found"),
    ],
)
async def test_what_is_not_here_is_told(house: Any, attachment: Attachment, index: int, status: int, code: str) -> None:
    answer = await shown(house, attachment, index)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_another_tenant_sees_no_file(house: Any) -> None:
    await house.files.put("files/acme/9f/1", b"secret")
    held = Attachment(kind=ContentKind.FILE, object_key="files/acme/9f/1")
    assert (await shown(house, held, **{"x-tenant": "beta"})).status_code == 404


async def uploaded(house: Any, content: bytes, name: str = "", **headers: str) -> Any:
    path = f"/v1/files?file_name={name}" if name else "/v1/files"
    return await house.api.post(path, content=content, headers=headers)


async def replied(house: Any, case_id: Any, *attachments: dict[str, Any], **headers: str) -> Any:
    body = {"content": {"kind": "file", "attachments": attachments}}
    return await house.api.post(
        f"/v1/cases/{case_id}/messages", json=body, headers={"x-agent": "aiko", "idempotency-key": "k"} | headers
    )


async def test_an_agents_file_is_uploaded_and_leaves_with_the_reply(house: Any) -> None:
    case_id = await house.open_case(house.line_message())
    file = await uploaded(house, b"%PDF-1.7 \xff", "請求書.pdf", **{"content-type": "image/png"})
    assert file.status_code == 201
    told = Attachment.model_validate(file.json())
    assert (told.kind, told.mime, told.file_name, told.size_bytes) == (
        ContentKind.FILE,
        "application/pdf",
        "請求書.pdf",
        10,
    )
    again = await uploaded(house, b"%PDF-1.7 \xff")
    assert again.json()["object_key"] == told.object_key
    reply = await replied(house, case_id, file.json())
    assert reply.status_code == 201
    (send,) = await house.emitted(SendRequested)
    assert send.content.attachments == (told,)
    shown = await house.api.get(f"/v1/messages/{reply.json()['message_id']}/attachments/0")
    assert (shown.content, shown.headers["content-type"]) == (b"%PDF-1.7 \xff", "application/pdf")


@pytest.mark.parametrize(
    "key", ["files/acme/9f/none", "files/beta/9f/1", "files/acme/../beta/9f/1", "secrets", "/etc/passwd"]
)
async def test_a_reply_brings_no_file_that_is_not_this_tenants(house: Any, key: str) -> None:
    await house.files.put("files/beta/9f/1", b"secret")
    case_id = await house.open_case(house.line_message())
    good = (await uploaded(house, b"fine")).json()
    refused = await replied(house, case_id, good, {"kind": "file", "object_key": key})
    assert (refused.status_code, refused.json()["code"]) == (422, "file_unknown")
    assert refused.json()["pointer"] == "/content/attachments/1/object_key"
    assert await house.emitted(SendRequested) == []


async def test_a_file_of_another_tenant_is_not_shown_whatever_a_message_names(house: Any) -> None:
    await house.files.put("files/beta/9f/1", b"secret")
    held = Attachment(kind=ContentKind.FILE, object_key="files/beta/9f/1")
    answer = await shown(house, held)
    assert (answer.status_code, answer.json()["code"]) == (409, "file_not_here")


async def test_what_is_no_file_is_refused(house: Any) -> None:
    empty = await uploaded(house, b"")
    assert (empty.status_code, empty.json()["code"]) == (400, "file_empty")
    huge = await uploaded(house, b"x" * (25 * 1024 * 1024 + 1))
    assert (huge.status_code, huge.json()["code"]) == (413, "body_too_large")
    page = await uploaded(house, b"<b>hello", **{"content-type": "text/html"})
    assert page.json()["mime"] == "application/octet-stream"
    stranger = await uploaded(house, b"x", **{"x-scopes": "cases:read"})
    assert stranger.status_code == 403
