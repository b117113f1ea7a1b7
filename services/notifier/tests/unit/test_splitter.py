"""Long texts break where a reader expects it, never inside a character, and nothing is lost."""

import sys
import unicodedata
from collections import Counter

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from notifier.domain import splitter
from notifier.domain.gsm7 import is_gsm7, septets, sms_measure
from notifier.domain.splitter import Measure, clusters, code_points, split, utf8_bytes, utf16_units

FAMILY = "👨‍👩‍👧‍👦"
FLAG = "🇯🇵"
THUMB = "👍🏽"
KEYCAP = "1️⃣"
ACCENT = "e\u0301"
THAI = "กำ"
HINDI = "क्षि"
MEASURES = {"UTF-16": utf16_units, "code points": code_points, "UTF-8": utf8_bytes, "septets": septets}


@pytest.mark.parametrize(
    "one",
    [FAMILY, FLAG, THUMB, KEYCAP, ACCENT, "\r\n", "か\u3099", "ก้", THAI, "𝒳", HINDI, "각", "🏴\U000e0067\U000e007f"],
)
def test_what_a_reader_sees_as_one_stays_one(one: str) -> None:
    assert clusters(one * 3) == [one] * 3
    assert split(one * 3, utf16_units(one), utf16_units) == [one] * 3


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("", 10, []),
        ("short", 10, ["short"]),
        ("one two three four", 9, ["one two ", "three ", "four"]),
        ("First line.\nSecond line.", 20, ["First line.\n", "Second line."]),
        ("One. Two is longer here", 14, ["One. Two is ", "longer here"]),
        ("Sentence one. Two", 15, ["Sentence one. ", "Two"]),
        ('He said "Stop." Then left', 18, ['He said "Stop." ', "Then left"]),
        ("これは一文です。次の文です。", 10, ["これは一文です。", "次の文です。"]),
        ("「はい。」と彼は答えました", 9, ["「はい。」", "と彼は答えました"]),
        ("あ" * 7, 3, ["あああ", "あああ", "あ"]),
        ("para one\n\npara two is longer", 16, ["para one\n\n", "para two is ", "longer"]),
        ("東京都港区のサーバー室", 7, ["東京都港区の", "サーバー室"]),
        ("ขอคืนเงินค่ะ ขอบคุณ", 16, ["ขอคืนเงินค่ะ ", "ขอบคุณ"]),
    ],
)
def test_breaks(text: str, limit: int, expected: list[str]) -> None:
    assert split(text, limit) == expected


def test_a_thai_vowel_stays_with_its_consonant() -> None:
    text = "กเขแคโงไจใฉ" * 20
    pieces = split(text, 12)
    assert all(piece[-1] not in "เแโใไ" for piece in pieces[:-1])
    assert "".join(pieces) == text


def test_no_japanese_piece_begins_with_what_may_not_begin_a_line() -> None:
    text = "サーバーがとまっちゃった、すぐにきてくださいっていった" * 20
    pieces = split(text, 11)
    assert all(piece[0] not in "、。ーっゃゅょ" for piece in pieces)
    assert "".join(pieces) == text


def test_units_count_what_providers_count() -> None:
    assert (utf16_units("a😀"), utf8_bytes("aあ😀"), code_points("a😀")) == (3, 8, 2)
    assert (septets("a€[é"), is_gsm7("a€[é\n"), is_gsm7("`"), is_gsm7("あ")) == (6, True, False, False)
    assert split("😀" * 4, 4, utf16_units) == ["😀😀", "😀😀"]
    assert split("あいう", 6, utf8_bytes) == ["あい", "う"]
    assert split("€€€", 4, septets) == ["€€", "€"]


def test_the_gsm_alphabet_is_whole() -> None:
    known = [char for char in map(chr, range(0x3000)) if is_gsm7(char)]
    assert Counter(septets(char) for char in known) == {1: 127, 2: 10}


def test_a_letter_outside_the_alphabet_makes_all_of_a_text_message_ucs2() -> None:
    assert sms_measure("hello" * 100, 2) == (306, septets)
    assert sms_measure("hello" * 100 + "あ", 2) == (134, utf16_units)


ALPHABET = st.sampled_from(
    ["a", " ", "。", "\n", "é", ACCENT, FAMILY, FLAG, THUMB, "あ", THAI, "😀", ". ", "」", "เ", "\r\n"]
)
ANY = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=120)


@pytest.mark.parametrize("measure", MEASURES.values(), ids=MEASURES)
@given(text=st.lists(ALPHABET, max_size=80).map("".join) | ANY, limit=st.integers(min_value=1, max_value=40))
def test_nothing_is_lost_no_piece_is_too_long_and_no_character_is_cut(text: str, limit: int, measure: Measure) -> None:
    pieces = split(text, limit, measure)
    assert "".join(pieces) == text
    whole = {0}
    for cluster in regex.findall(r"\X", text):
        at = max(whole)
        steps = range(1, len(cluster) + 1) if measure(cluster) > limit else (len(cluster),)
        whole |= {at + step for step in steps}
    ends = 0
    for piece in pieces:
        ends += len(piece)
        assert piece
        assert ends in whole
        assert measure(piece) <= limit or len(piece) == 1


def test_a_limit_of_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="room"):
        split("a", 0)


def test_combining_marks_do_not_begin_a_piece() -> None:
    pieces = split(ACCENT * 50, 7)
    assert all(not unicodedata.combining(piece[0]) for piece in pieces)


def work(text: str, limit: int) -> int:
    """Lines of the splitter that run for it."""
    ran = 0

    def trace(frame: object, event: str, argument: object) -> object:
        nonlocal ran
        ran += event == "line"
        return trace

    def calls(frame: object, event: str, argument: object) -> object:
        return trace if getattr(frame, "f_code").co_filename == splitter.__file__ else None  # noqa: B009

    before = sys.gettrace()
    sys.settrace(calls)
    try:
        split(text, limit, utf16_units)
    finally:
        sys.settrace(before)
    return ran


@pytest.mark.parametrize("text", ["สวัสดีครับขอคืนเงินค่ะ", "サーバー室。", "(「「「", " ", "word "], ids=str)
@pytest.mark.parametrize("limit", [160, 2_000])
def test_the_work_grows_with_the_text_only(text: str, limit: int) -> None:
    small, large = (text * (characters // len(text)) for characters in (10_000, 40_000))
    assert work(large, limit) <= 5 * work(small, limit)
