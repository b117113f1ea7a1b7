"""Many rows for one statement, each column as one text.

The driver looks at every element of an array several times, which costs more than making the rows does; the database takes such a
text apart in no time. Statements are written for arrays (`$2::uuid[]`); every value is a text or None.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

Table = Sequence[Sequence[str | None]]
Statement = tuple[str, Sequence[object]]
_ARRAY: Final = re.compile(r"\$(\d+)::(\w+)\[\]")
_BETWEEN: Final = "\x1f"
_NULL: Final = "\x1e"


def bulk(sql: str, tenant: str, table: Table) -> Statement:
    """`$1` is the tenant, the columns follow. Texts that hold a separator themselves travel as arrays."""
    columns = list(zip(*table, strict=True))
    texts = [_joined(column) for column in columns]
    if all(texts):
        return _in_texts(sql), (tenant, *texts)
    return _in_arrays(sql), (tenant, *map(list, columns))


def _joined(column: Sequence[str | None]) -> str:
    """Nothing when it could not be taken apart again."""
    nulls = column.count(None)
    text = _BETWEEN.join([_NULL if value is None else value for value in column])
    is_clean = text.count(_BETWEEN) == len(column) - 1 and text.count(_NULL) == nulls
    return text if is_clean else ""


@lru_cache(maxsize=64)
def _in_texts(sql: str) -> str:
    return _ARRAY.sub(r"string_to_array($\1, E'\\x1f', E'\\x1e')::\2[]", sql)


@lru_cache(maxsize=64)
def _in_arrays(sql: str) -> str:
    return _ARRAY.sub(r"$\1::text[]::\2[]", sql)
