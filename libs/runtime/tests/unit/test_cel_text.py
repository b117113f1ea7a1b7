"""Conditions in CEL: literals and comments are nobody's code."""

import pytest

from runtime.cel_text import matches_as, patterns_in, without_literals


@pytest.mark.parametrize(
    ("condition", "asked"),
    [
        ("a.matches(\"x\") && b . matches ( 'y' )", ['"x"', "'y'"]),
        ("""a == '.matches("(")' // .matches("(")""", []),
        (r"""a.matches(r"\d\") && b == "\"" && c.matches(R'\w')""", [r'r"\d\"', r"R'\w'"]),
        ('''a.matches("""x"y""") && b.matches("a\\"b")''', ['"""x"y"""', '"a\\"b"']),
        ("a.matches(b) && matches(a, 'x')", []),
    ],
)
def test_what_matches_is_asked_for(condition: str, asked: list[str]) -> None:
    assert patterns_in(condition) == asked


def test_calls_are_renamed_and_literals_and_comments_are_left_alone() -> None:
    condition = """a.matches("x") && b == ".matches(" && c . matches (r'\') // .matches("""
    assert (
        matches_as("re_find", condition) == """a.re_find("x") && b == ".matches(" && c .re_find (r'\') // .matches("""
    )


def test_without_literals_nothing_of_them_is_left() -> None:
    assert without_literals("""a == "b.c" && rb'd' != b"e" // f.g\n || h""") == "a == '' && '' != '' ''\n || h"
