"""The body that Outlook keeps in winmail.dat as compressed RTF."""

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.domain.mail.lzfu import decompressed
from ingest.domain.mail.rtf import read_rtf
from ingest.domain.mail.tnef import unpacked

# As compressed-rtf 1.0.7 packs a text in code page 932, with an emoji.
PACKED = bytes.fromhex(
    "7a000000880000004c5a4675a697ccea03000a007263706739333211034374657805426269646c692001f702a22007130280"
    "7d130af3033027380e402761389d11203901401170115139380c30450ab24c0b806520320330754031323335343f0c602d20"
    "313031373913a238372230139020656e11017b78065c10a01570"
)
WORDS = "お世話\nLine 2 あ😀 end {x}"
HTML = (
    rb"{\rtf1\ansi\ansicpg1251\fromhtml1 \deff0{\fonttbl {\f0\fswiss Arial;}}{\*\generator Microsoft Exchange Server;}"
    rb"{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 a & \'ef\'f0\'e8 {\*\htmltag84 <b>}\htmlrtf {\b \htmlrtf0 bold{\*\htmltag92 </b>}"
    rb"\htmlrtf }\htmlrtf0 \htmlrtf\par}\htmlrtf0 {\*\htmltag72 </p>}}"
)


def test_a_text_in_its_code_page() -> None:
    assert read_rtf(decompressed(PACKED)) == (WORDS, "")


def test_html_inside_rtf() -> None:
    """MS-OXRTFEX: what is for RTF programs only is left out."""
    assert read_rtf(HTML) == ("", "<p>a &amp; при <b>bold</b></p>")


def test_what_is_not_packed() -> None:
    plain = struct.pack("<IIII", 20, 5, 0x414C454D, 0) + b"hello and more"
    assert decompressed(plain) == b"hello"
    with pytest.raises((ValueError, struct.error)):
        decompressed(b"x" * 40)


def test_it_is_read_where_winmail_dat_has_no_other_body() -> None:
    properties = struct.pack("<IHHII", 1, 0x0102, 0x1009, 1, len(PACKED)) + PACKED + bytes(-len(PACKED) % 4)
    attribute = struct.pack("<BII", 1, 0x00069003, len(properties)) + properties + b"\0\0"
    found = unpacked(b"\x78\x9f\x3e\x22\x01\x00" + attribute)
    assert found is not None
    assert found.text == WORDS


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"{", b"}", b"\\*", b"\\u-1", b"\\'82", b"\\par", b"\\htmltag1 ", b"\\fromhtml1", b"a"])
    ).map(b"".join)
)
def test_any_rtf(source: bytes) -> None:
    assert all(isinstance(one, str) and one.encode() is not None for one in read_rtf(source))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=300))
def test_any_packed_bytes(content: bytes) -> None:
    assert len(decompressed(struct.pack("<IIII", 0, 1000, 0x75465A4C, 0) + content)) <= 1000
