"""A URL-encoded form, read without trusting it."""

from urllib.parse import parse_qsl

from ingest.domain.shape import Unreadable
from ingest.domain.text import clean

MAX_FIELDS = 1_000


def read_form(body: bytes) -> dict[str, str]:
    """The last value of each name, cleaned. Raises Unreadable for more than MAX_FIELDS fields."""
    return dict(read_pairs(body))


def read_pairs(body: bytes) -> list[tuple[str, str]]:
    """Every value, cleaned, in its order. Raises Unreadable as read_form does."""
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Unreadable(f"the form has more than {MAX_FIELDS} fields") from None
    return [(clean(name), clean(value)) for name, value in pairs]
