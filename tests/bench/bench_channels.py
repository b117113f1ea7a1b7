"""What a channel costs: verify and parse per webhook, render per reply, the splitter on a long Thai text. No broker, one process.

The webhooks are the samples that the adapters keep; their signatures don't match, which costs the same.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from time import process_time_ns
from typing import Any, Final
from uuid import UUID

import ingest.channels
from contracts.config import ChannelAccount
from contracts.values import Address, AddressKind, Author, AuthorKind, Content, ContentKind
from ingest.channels import CHANNELS as DOORS
from ingest.domain.webhook import Webhook
from notifier.channels.provider import Outgoing, Sender
from notifier.channels.table import CHANNELS as WAYS
from notifier.domain.splitter import split
from runtime.errors import Refused

NOW: Final = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
SAMPLES: Final = Path(ingest.channels.__file__).parent
TYPES: Final = {".json": "application/json", ".xml": "text/xml", ".txt": "application/x-www-form-urlencoded"}
THAI: Final = "สวัสดีค่ะ สินค้าที่สั่งซื้อไปเมื่อสัปดาห์ที่แล้วยังไม่ได้รับเลยค่ะ กรุณาตรวจสอบให้ด้วยนะคะ ขอบคุณค่ะ "
REPLY: Final = "ご連絡ありがとうございます。返金の手続きを始めました。三日以内に完了いたします。" * 4
_LEAST_NS: Final = 20_000_000
Figures = tuple[dict[str, float], dict[str, Any], str]


async def run(*, rounds: int, **_: Any) -> Figures:
    flat: dict[str, float] = {}
    cells: dict[str, list[str]] = {}
    for name in sorted({*DOORS, *WAYS}):
        verify, parse = _door(name, rounds) if name in DOORS else (None, None)
        render = _way(name, rounds) if name in WAYS else None
        cells[name] = ["–" if one is None else f"{one:.1f}" for one in (verify, parse, render)]
        if parse is not None:
            flat[f"parse_us_{name}"] = round(parse, 1)
    text = (THAI * (100_000 // len(THAI) + 1))[:100_000]
    flat["split_100k_thai_ms"] = round(_cost_us(lambda: split(text, 2_000), rounds) / 1000, 1)
    details = {
        f"CPU us a message, {name}": f"verify {verify}, parse {parse}, render {render}"
        for name, (verify, parse, render) in cells.items()
    }
    return flat, details, "no broker"


def _door(name: str, rounds: int) -> tuple[float | None, float | None]:
    """The median of its samples."""
    channel, webhooks = DOORS[name], list(_webhooks(name))
    if not webhooks:
        return None, None
    verify = [_cost_us(lambda each=each: channel.verify(each, ("bm9ib2R5",)), rounds) for each in webhooks]
    parse = [_cost_us(lambda each=each: channel.parse(each, {}.get), rounds) for each in webhooks]
    return median(verify), median(parse)


def _webhooks(name: str) -> Iterator[Webhook]:
    for file in sorted((SAMPLES / name / "samples").glob("*")):
        if file.suffix not in TYPES:
            continue
        headers = {"content-type": TYPES[file.suffix], "webhook-id": "e", "webhook-timestamp": "1795314600"}
        webhook = Webhook("t", ChannelAccount(id="a", channel=name), headers, file.read_bytes(), NOW)
        try:
            DOORS[name].parse(webhook, {}.get)
        except Refused:
            continue
        yield webhook


def _way(name: str, rounds: int) -> float:
    way = WAYS[name]
    secrets = dict.fromkeys((*way.secrets, "access_token"), ("whsec_bm9ib2R5",))
    sender = Sender("main", "1234567890", {"url": "https://erp.example/hooks"}, secrets)
    message = Outgoing(
        message_id=UUID(int=1),
        case_id=UUID(int=2),
        conversation_id=UUID(int=3),
        key=UUID(int=4),
        author=Author(kind=AuthorKind.AGENT, id="sato"),
        content=Content(kind=ContentKind.TEXT, text=REPLY),
        address=Address(kind=AddressKind.PHONE, value="+819012345678"),
        method=way.capability.methods[0],
        requested_at=NOW,
        now=NOW,
    )
    return _cost_us(lambda: way.render(message, sender), rounds)


def _cost_us(work: Callable[[], object], rounds: int) -> float:
    """CPU time of one call, the median of `rounds` rounds of at least 20 ms."""
    work()
    found = []
    for _ in range(rounds):
        calls, began = 0, process_time_ns()
        while (spent := process_time_ns() - began) < _LEAST_NS or calls == 0:
            work()
            calls += 1
        found.append(spent / calls / 1000)
    return median(found)
