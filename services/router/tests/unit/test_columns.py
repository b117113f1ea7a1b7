"""Columns travel as one text each, and nothing in a value may move its neighbours."""

import pytest

from router.adapters.columns import bulk

SQL = "INSERT INTO t SELECT $1, new.* FROM unnest($2::uuid[], $3::text[]) AS new"
AS_TEXTS = (
    r"INSERT INTO t SELECT $1, new.* FROM unnest(string_to_array($2, E'\x1f', E'\x1e')::uuid[], "
    r"string_to_array($3, E'\x1f', E'\x1e')::text[]) AS new"
)
AS_ARRAYS = "INSERT INTO t SELECT $1, new.* FROM unnest($2::text[]::uuid[], $3::text[]::text[]) AS new"


def test_columns_are_joined_and_none_is_marked() -> None:
    assert bulk(SQL, "acme", [("a", "x"), ("b", None)]) == (AS_TEXTS, ("acme", "a\x1fb", "x\x1f\x1e"))


@pytest.mark.parametrize("value", ["a\x1fb", "\x1e", "a\x1eb", ""])
def test_what_could_not_be_taken_apart_again_travels_as_arrays(value: str) -> None:
    assert bulk(SQL, "acme", [("a", value)]) == (AS_ARRAYS, ("acme", ["a"], [value]))


def test_an_empty_text_among_others_stays_one() -> None:
    assert bulk(SQL, "acme", [("a", ""), ("b", "")]) == (AS_TEXTS, ("acme", "a\x1fb", "\x1f"))
