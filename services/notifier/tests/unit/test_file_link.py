"""A link opens the file that it was made for, until its end, and nothing else."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.values import Attachment, Content, ContentKind
from notifier.adapters.file_links import FileLinks
from notifier.domain.file_link import LinkedFile, link_token, read_link

NOW = datetime(2026, 11, 21, tzinfo=UTC)
NEW, OLD = b"n" * 32, b"o" * 32
FILE = LinkedFile("files/acme/ab/abc", "image/png", "領収書.png", NOW + timedelta(days=7))


def test_it_opens_with_any_live_key_and_is_the_same_every_time() -> None:
    token = link_token(FILE, OLD)
    assert token == link_token(FILE, OLD)
    assert read_link(token, (NEW, OLD), NOW) == FILE
    assert read_link(token, (NEW,), NOW) is None
    assert read_link(token, (), NOW) is None


def test_it_ends() -> None:
    token = link_token(FILE, NEW)
    assert read_link(token, (NEW,), FILE.until - timedelta(seconds=1)) == FILE
    assert read_link(token, (NEW,), FILE.until) is None


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_no_changed_link_opens(place: int, change: int) -> None:
    raw = bytearray(base64.urlsafe_b64decode(link_token(FILE, NEW) + "=="))
    raw[place % len(raw)] ^= change
    assert read_link(base64.urlsafe_b64encode(raw).decode().rstrip("="), (NEW,), NOW) is None


@given(st.text())
def test_whatever_is_asked_for_never_raises(token: str) -> None:
    assert read_link(token, (NEW,), NOW) is None


def attachment(**values: object) -> Attachment:
    return Attachment.model_validate({"kind": ContentKind.FILE, "file_name": "請求/書.pdf", **values})


def test_what_lies_with_us_is_linked_and_only_this_tenants() -> None:
    links = FileLinks("https://files.example", (NEW,), timedelta(days=7))
    ours = attachment(object_key="files/acme/ab/abc", mime="application/pdf", url="https://provider.example/private")
    others = (
        attachment(object_key="files/other/ab/abc"),
        attachment(object_key="files/acme/../other/ab/abc"),
        attachment(url="https://cdn.example/a.pdf"),
    )
    content = links.in_place("acme", Content(kind=ContentKind.FILE, attachments=(ours, *others)), NOW)
    assert content.attachments[1:] == others
    base, _, rest = (content.attachments[0].url or "").partition("/files/")
    token, _, name = rest.partition("/")
    assert (base, name) == ("https://files.example", "%E8%AB%8B%E6%B1%82_%E6%9B%B8.pdf")
    found = links.read(token, NOW)
    assert found == LinkedFile("files/acme/ab/abc", "application/pdf", "請求_書.pdf", NOW + timedelta(days=7))


@pytest.mark.parametrize("mime", ["text/html\r\nSet-Cookie: a=b", "nonsense", None])
def test_a_type_that_is_none_is_bytes(mime: str | None) -> None:
    links = FileLinks("https://files.example", (NEW,), timedelta(days=7))
    content = Content(kind=ContentKind.FILE, attachments=(attachment(object_key="files/acme/ab/abc", mime=mime),))
    token = (links.in_place("acme", content, NOW).attachments[0].url or "").split("/")[4]
    found = links.read(token, NOW)
    assert found is not None
    assert found.mime == "application/octet-stream"


@pytest.mark.parametrize(("base", "keys"), [(None, (NEW,)), ("https://files.example", ())])
def test_without_a_public_address_or_a_key_nothing_is_linked(base: str | None, keys: tuple[bytes, ...]) -> None:
    content = Content(kind=ContentKind.FILE, attachments=(attachment(object_key="files/acme/ab/abc"),))
    assert FileLinks(base, keys, timedelta(days=7)).in_place("acme", content, NOW) is content
