"""A shop of apps whose reviews are asked for, as plain functions: what to ask, how to prove who asks, what the answer says."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ingest.domain.review import Page
from ingest.domain.webhook import Webhook
from ingest.handlers.ports import MediaAccount


@dataclass(frozen=True, slots=True)
class TokenQuestion:
    """A form to POST to `url`, a path below the shop's token URL; the answer is RFC 6749's."""

    path: str
    form: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReviewShop:
    """`prove` gives the bearer token itself, or how to ask for one. `first_page` and Page.next are paths below `api_url`.

    `every`: the shop's quota allows `pages` requests so often. prove and first_page raise Failure for an account that lacks something.
    """

    name: str
    api_url: str
    secret: str
    every: timedelta
    pages: int
    prove: Callable[[MediaAccount, datetime], str | TokenQuestion]
    first_page: Callable[[MediaAccount], str]
    read: Callable[[Webhook], Page]
    token_url: str = ""
    reads: tuple[str, ...] = ("review", "edit", "echo")
    receipts: tuple[str, ...] = ()
