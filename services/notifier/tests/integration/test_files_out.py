"""A file that lies in our storage reaches a provider that wants a link, and whoever follows the link gets the bytes."""

from pathlib import Path

import pytest
from house import House, line, request, whatsapp
from provider_server import Answer

from contracts.values import Attachment, Content, ContentKind
from runtime.object_store import ObjectFiles

pytestmark = pytest.mark.integration

KEY = "files/acme/ab/abcd"
PNG = b"\x89PNG\r\n\x1a\nnot much of a picture"
PICTURE = Attachment(kind=ContentKind.IMAGE, object_key=KEY, mime="image/png", file_name="写真.png")


def asked(file: Attachment) -> Content:
    return Content(kind=ContentKind.IMAGE, attachments=(file,))


async def test_a_picture_of_ours_is_a_link_that_opens(house: House, tmp_path: Path) -> None:
    await ObjectFiles(f"file://{tmp_path}/files").put(KEY, PNG)
    house.provider.script.append(Answer(200, {"sentMessages": [{"id": "1"}]}))
    await house.hear(request(line()).model_copy(update={"content": asked(PICTURE)}))
    await house.rounds()
    (seen,) = house.provider.seen
    (bubble,) = seen.json["messages"]
    url = bubble["originalContentUrl"]
    assert (bubble["type"], bubble["previewImageUrl"]) == ("image", url)
    found = await house.api.get(url.removeprefix("https://files.example"))
    assert (found.status_code, found.content, found.headers["content-type"]) == (200, PNG, "image/png")
    assert found.headers["content-disposition"].startswith("inline; filename*=UTF-8''")
    assert found.headers["x-content-type-options"] == "nosniff"
    head = await house.api.head(url.removeprefix("https://files.example"))
    assert (head.status_code, head.headers["content-length"], head.content) == (200, str(len(PNG)), b"")


async def test_a_link_that_nobody_made_or_whose_file_is_gone_looks_the_same(house: House) -> None:
    house.provider.script.append(Answer(200, {"sentMessages": [{"id": "1"}]}))
    await house.hear(request(line()).model_copy(update={"content": asked(PICTURE)}))
    await house.rounds()
    url = house.provider.seen[0].json["messages"][0]["originalContentUrl"].removeprefix("https://files.example")
    answers = [await house.api.get(one) for one in (url, "/files/AAAA/a.png", url.replace("/files/", "/files/A"))]
    assert [(one.status_code, one.json()["code"], one.json()["detail"]) for one in answers] == [
        (404, "file_not_found", "there is no file under this link")
    ] * 3


async def test_another_tenants_file_is_no_link(house: House) -> None:
    stolen = PICTURE.model_copy(update={"object_key": "files/beta/ab/abcd"})
    await house.hear(request(line()).model_copy(update={"content": asked(stolen)}))
    await house.rounds()
    assert [told.code for told in house.told()] == ["permanent:unsupported_content"]
    assert house.provider.seen == []


async def test_a_provider_with_a_store_of_its_own_is_given_the_bytes(house: House, tmp_path: Path) -> None:
    await ObjectFiles(f"file://{tmp_path}/files").put(KEY, PNG)
    house.provider.script += [Answer(200, {"id": "media-7"}), Answer(200, {"messages": [{"id": "wamid.1"}]})]
    await house.hear(request(whatsapp()).model_copy(update={"content": asked(PICTURE)}))
    await house.rounds()
    stored, sent = house.provider.seen
    assert (stored.path, PNG in stored.body) == ("/whatsapp/4711/media", True)
    assert sent.json["image"] == {"id": "media-7"}
    assert [told.provider_message_ids for told in house.told()] == [("wamid.1",)]
