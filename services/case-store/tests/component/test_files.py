"""Files of messages at the API."""

from typing import Any

import pytest

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
