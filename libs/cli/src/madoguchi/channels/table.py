"""What every channel can do, from the rows that the services themselves work by. `docs/channels.md` is this page."""

from collections.abc import Iterator
from typing import Final

from ingest.channels import CHANNELS as DOORS
from ingest.channels import webchat
from ingest.channels.shops import SHOPS
from ingest.handlers.ports import Channel as Door
from ingest.handlers.review_shop import ReviewShop
from notifier.channels.provider import Channel as Way
from notifier.channels.table import CHANNELS as WAYS
from notifier.domain.capability import Bucket

_HEAD: Final = """# Channels

Made by `madoguchi channels --write docs/channels.md` from the capability rows in `services/ingest/src/ingest/channels/` and
`services/notifier/src/notifier/channels/`. To add one: [adding-a-channel.md](adding-a-channel.md).
"""
_IN: Final = ("channel", "reads", "receipts in", "largest request", "files")
_OUT: Final = (
    "channel",
    "carries",
    "text",
    "ways, in order",
    "window",
    "idempotency",
    "after an unknown outcome",
    "account",
    "person",
    "tells receipts",
    "shows",
)


def page() -> str:
    """Markdown, ending in a line break."""
    rows = [*map(_door, DOORS.values()), *map(_shop, SHOPS.values()), _chat()]
    doors = _table(_IN, iter(sorted(rows)))
    ways = _table(_OUT, (_way(WAYS[name]) for name in sorted(WAYS)))
    return (
        f"{_HEAD}\n## In: what customers and providers tell us\n\n{doors}\n\n## Out: what agents can send\n\n{ways}\n"
    )


def _door(door: Door) -> tuple[str, ...]:
    size = f"{door.max_body_bytes / 1024 / 1024:g} MiB"
    files = "by the provider's API" if door.media is not None else "by their URL or in the request"
    return f"`{door.name}`", ", ".join(door.reads) or "–", ", ".join(door.receipts) or "–", size, files


def _chat() -> tuple[str, ...]:
    size = f"{webchat.FILE_MIB} MiB a file"
    return "`webchat`", ", ".join(webchat.READS), ", ".join(webchat.RECEIPTS), size, "sent before the message"


def _shop(shop: ReviewShop) -> tuple[str, ...]:
    asked = f"asked every {shop.every.total_seconds() / 60:g} min"
    return f"`{shop.name}`", ", ".join(shop.reads), ", ".join(shop.receipts) or "–", asked, "–"


def _way(way: Way) -> tuple[str, ...]:
    one = way.capability
    return (
        f"`{one.channel}`",
        ", ".join(one.kinds),
        one.text_limit,
        ", ".join(one.methods),
        one.window,
        one.idempotency,
        ", ".join(f"{method} {repeat}" for method, repeat in one.repeat.items()),
        f"{one.per_account.rate:g}/s",
        _person(one.per_recipient) + (f"; a group {60 * one.per_group.rate:g} a minute" if one.per_group else ""),
        "yes" if one.receipts else "no",
        ", ".join(one.signs) or "–",
    )


def _person(bucket: Bucket | None) -> str:
    if bucket is None:
        return "–"
    rate = f"{bucket.rate:g}/s" if bucket.rate >= 1 else f"1 per {1 / bucket.rate:g} s"
    return f"{rate}, burst {bucket.burst:g}"


def _table(head: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in lines)
