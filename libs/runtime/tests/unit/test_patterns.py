"""Tenants' regular expressions."""

import pytest
import re2

from runtime.patterns import PatternError, lenient_pattern, pattern


@pytest.mark.parametrize(
    ("text", "words", "matches"),
    [
        ("(?i)refund|money back", "I want a REFUND", True),
        ("注文|配送|届", "まだ届きません", True),
        ("^ok$", "ok!", False),
        (r"\p{Han}{2}", "返金", True),
        ("(a+)+$", "a" * 50_000 + "!", False),
    ],
)
def test_a_match_is_looked_for_anywhere(text: str, words: str, matches: bool) -> None:
    assert pattern(text)(words) is matches


@pytest.mark.parametrize(("text", "why"), [("(", "missing"), ("a{1,2000}", "repetition"), ("(?<=a)b", "perl")])
def test_what_is_no_regular_expression_says_why(text: str, why: str) -> None:
    with pytest.raises(PatternError, match=why):
        pattern(text)
    assert lenient_pattern(text)("a") is False


def test_one_is_compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    compiled: list[str] = []
    compile_it = re2.compile
    monkeypatch.setattr(re2, "compile", lambda text, options: compiled.append(text) or compile_it(text, options))
    assert [pattern("only-here-[0-9]")(words) for words in ("only-here-1", "only-there-1")] == [True, False]
    assert [pattern("only-here-[0-9]")(words) for words in ("only-here-1", "only-there-1")] == [True, False]
    assert compiled == ["only-here-[0-9]"]
