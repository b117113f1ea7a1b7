"""Long texts break where a reader expects it and never inside a character."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain.splitter import clusters, split, utf16_units

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇯🇵"
THUMB = "👍🏽"
KEYCAP = "1️⃣"
ACCENT = "e\u0301"
THAI = "กำ"


@pytest.mark.parametrize("one", [FAMILY, FLAG, THUMB, KEYCAP, ACCENT, "\r\n", "か\u3099", "ก้", "𝒳"])
def test_what_a_reader_sees_as_one_stays_one(one: str) -> None:
    assert list(clusters(one * 3)) == [one] * 3
    assert split(one * 3, utf16_units(one), utf16_units) in ([one] * 3, [])


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("", 10, []),
        ("short", 10, ["short"]),
        ("one two three four", 9, ["one two", "three", "four"]),
        ("First line.\nSecond line.", 20, ["First line.", "Second line."]),
        ("One. Two is longer here", 14, ["One. Two is", "longer here"]),
        ("Sentence one. Two", 15, ["Sentence one.", "Two"]),
        ("これは一文です。次の文です。", 10, ["これは一文です。", "次の文です。"]),
        ("あ" * 7, 3, ["あああ", "あああ", "あ"]),
        ("para one\n\npara two is longer", 16, ["para one", "para two is", "longer"]),
    ],
)
def test_breaks(text: str, limit: int, expected: list[str]) -> None:
    assert split(text, limit) == expected


def test_utf16_units_count_what_line_counts() -> None:
    assert utf16_units("a😀") == 3
    assert split("😀" * 4, 4, utf16_units) == ["😀😀", "😀😀"]


ALPHABET = st.sampled_from(["a", " ", "。", "\n", "é", "e\u0301", FAMILY, FLAG, THUMB, "あ", THAI, "😀", ". "])


@given(st.lists(ALPHABET, max_size=60).map("".join), st.integers(min_value=16, max_value=40))
def test_nothing_but_white_space_is_lost_and_no_piece_is_too_long(text: str, limit: int) -> None:
    pieces = split(text, limit, utf16_units)
    assert all(0 < utf16_units(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=80), st.integers(min_value=1, max_value=9))
def test_any_text_splits_within_the_limit_of_its_code_points(text: str, limit: int) -> None:
    pieces = split(text, limit)
    assert all(0 < len(piece) <= limit for piece in pieces)
    assert "".join("".join(pieces).split()) == "".join(text.split())


def test_combining_marks_do_not_begin_a_piece() -> None:
    pieces = split(ACCENT * 50, 7)
    assert all(not unicodedata.combining(piece[0]) for piece in pieces)
