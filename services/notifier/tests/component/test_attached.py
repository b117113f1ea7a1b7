"""Files of a message from object storage: this tenant's, and no more than the channel takes."""

from pathlib import Path

import pytest
from channel_values import text

from contracts.values import Attachment, ContentKind
from notifier.adapters.attached import AttachedFiles
from runtime.errors import DependencyDown
from runtime.object_store import NoFiles, ObjectFiles


def _content(*keys: str, size: int | None = None) -> list[Attachment]:
    return [Attachment(kind=ContentKind.FILE, object_key=key, size_bytes=size) for key in keys]


async def test_what_fits_is_read(tmp_path: Path) -> None:
    files = ObjectFiles(f"file://{tmp_path}")
    for name, content in (("a", b"1234"), ("b", b"12345"), ("c", b"1")):
        await files.put(f"files/acme/x/{name}", content)
    await files.put("files/other/x/a", b"secret")
    keys = (
        "files/acme/x/a",
        "files/acme/x/b",
        "files/acme/x/c",
        "files/other/x/a",
        "files/acme/../other/x/a",
        "files/acme/x/no",
    )
    found = await AttachedFiles(files).of("acme", text("x", attachments=tuple(_content(*keys))), 6)
    assert found == {"files/acme/x/a": b"1234", "files/acme/x/c": b"1"}
    said = tuple(_content("files/acme/x/a", size=7))
    assert await AttachedFiles(files).of("acme", text("x", attachments=said), 6) == {}


async def test_without_object_storage_files_are_links() -> None:
    content = text("x", attachments=tuple(_content("files/acme/x/a")))
    assert await AttachedFiles(None).of("acme", content, 10) == {}
    with pytest.raises(DependencyDown):
        await AttachedFiles(NoFiles()).of("acme", content, 10)
