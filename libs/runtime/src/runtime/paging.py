"""Keyset paging: a page and the opaque place where the next one begins."""

import base64
import binascii
from collections.abc import Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, TypeAdapter, ValidationError

from runtime.errors import Malformed

T = TypeVar("T")
PageLimit = Annotated[int, Query(ge=1, le=200, description="at most so many items")]
PageCursor = Annotated[str | None, Query(max_length=1024, description="`next` of the page before")]


class Page(BaseModel, Generic[T]):
    """`next` goes into the query parameter `cursor` of the next request; without it this page is the last."""

    items: Sequence[T]
    next: str | None = None


def write_cursor(after: tuple[Any, ...]) -> str:
    """`after` is a NamedTuple: the sort key of the page's last item."""
    return base64.urlsafe_b64encode(TypeAdapter(type(after)).dump_json(after)).decode().rstrip("=")


def read_cursor(cursor: str | None, kind: type[T]) -> T | None:
    """The reverse, for the same NamedTuple class. Raises Malformed (400 bad_cursor) for anything we did not write."""
    if cursor is None:
        return None
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        return TypeAdapter(kind).validate_json(raw)
    except (ValidationError, binascii.Error, ValueError):
        raise Malformed(
            "The cursor is not one that this list gave out.", code="bad_cursor", status=400, pointer="/cursor"
        ) from None


def page(rows: Sequence[T], limit: int, after: Any) -> Page[T]:
    """Ask the store for `limit + 1` rows; `after(row)` is the NamedTuple to continue from."""
    shown = rows[:limit]
    return Page(items=shown, next=write_cursor(after(shown[-1])) if len(rows) > limit else None)
