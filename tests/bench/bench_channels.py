"""What a channel costs: verify and parse per webhook, render per reply, the splitter on a long Thai text. No broker, one process.

The webhooks are the samples that the adapters keep; their signatures don't match, which costs the same.
"""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from statistics import median
from time import process_time_ns
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

import ingest.channels
from contracts.config import ChannelAccount
from contracts.values import Address, AddressKind, Author, AuthorKind, Content, ContentKind
from ingest.channels import CHANNELS as DOORS
from ingest.channels.shops import SHOPS
from ingest.channels.webchat.frames import Message, read_frame
from ingest.channels.webchat.parse import message_draft
from ingest.channels.webchat.session import Session, Visitor, read_session, write_session
from ingest.domain.webhook import Webhook
from notifier.channels.provider import Outgoing, Sender
from notifier.channels.table import CHANNELS as WAYS
from notifier.domain.outcome import Outcome
from notifier.domain.splitter import split
from runtime.errors import Refused

NOW: Final = datetime(2026, 11, 22, 2, 30, tzinfo=UTC)
SAMPLES: Final = Path(ingest.channels.__file__).parent
TYPES: Final = {
    ".json": "application/json",
    ".xml": "text/xml",
    ".txt": "application/x-www-form-urlencoded",
    ".eml": "message/rfc822",
}
THAI: Final = "สวัสดีค่ะ สินค้าที่สั่งซื้อไปเมื่อสัปดาห์ที่แล้วยังไม่ได้รับเลยค่ะ กรุณาตรวจสอบให้ด้วยนะคะ ขอบคุณค่ะ "
REPLY: Final = "ご連絡ありがとうございます。返金の手続きを始めました。三日以内に完了いたします。" * 4
_MAIL: Final = ("support@acme.example", AddressKind.EMAIL, "jo@example.com")
ADDRESSES: Final = {
    **dict.fromkeys(("email", "mailgun", "postmark", "sendgrid", "ses"), _MAIL),
    **dict.fromkeys(("app_store", "google_play"), ("com.acme.app", AddressKind.APP_REVIEW, "gp:AOq")),
    "messenger": ("1", AddressKind.MESSENGER_USER, "2"),
    "instagram": ("1", AddressKind.INSTAGRAM_USER, "2"),
    "telegram": ("1", AddressKind.TELEGRAM_CHAT, "2"),
    "viber": ("acme", AddressKind.VIBER_USER, "01234567890A="),
    "teams": ("c9e8c047", AddressKind.TEAMS_CONVERSATION, "a:17I0kl8"),
}
OPTIONS: Final = {
    "url": "https://erp.example/hooks",
    "host": "mail.acme.example",
    "account_sid": "AC1",
    "api_key": "k",
    "event": "answer",
}
THREAD: Final = {"service_url": "https://smba.trafficmanager.net/jp/", "conversation": "a:17I0kl8"}
_LEAST_NS: Final = 20_000_000
Made = tuple[str, bytes]
"""A content type and a body."""

Figures = tuple[dict[str, float], dict[str, Any], str]


async def run(*, rounds: int, **_: Any) -> Figures:
    flat: dict[str, float] = {}
    cells: dict[str, list[str]] = {}
    for name in sorted({*DOORS, *WAYS}):
        verify, parse = _door(name, rounds) if name in DOORS else (None, None)
        verify, parse = _chat(rounds) if name == "webchat" else (verify, parse)
        parse = _shop(name, rounds) if name in SHOPS else parse
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
    made = MAKERS[name]() if name in MAKERS else _files(name)
    for kind, body in made:
        headers = {"content-type": kind, "webhook-id": "e", "webhook-timestamp": "1795314600"}
        webhook = Webhook("t", ChannelAccount(id="a", channel=name), headers, body, NOW)
        try:
            DOORS[name].parse(webhook, {}.get)
        except Refused:
            continue
        yield webhook


def _files(name: str) -> Iterator[Made]:
    for file in sorted((SAMPLES / name / "samples").glob("*")):
        if file.suffix in TYPES:
            yield TYPES[file.suffix], file.read_bytes()


def _requests(folder: str, *begin: str) -> Iterator[Made]:
    """Samples that are kept as fields, sent as the forms that they were."""
    kept = json.loads((SAMPLES / folder / "samples" / "requests.json").read_text("utf-8"))
    for name, fields in kept.items():
        if name.startswith(begin):
            yield TYPES[".txt"], urlencode(fields).encode()


def _mail() -> bytes:
    return (SAMPLES / "email" / "samples" / "gmail_reply.eml").read_bytes()


def _form(field: str) -> Iterator[Made]:
    yield TYPES[".txt"], urlencode({"recipient": "support@acme.example", field: _mail()}).encode()


def _sns() -> Iterator[Made]:
    """The mail itself, and what is told of mails of ours."""
    for _, body in _files("ses"):
        told = json.loads(body)
        if told.get("notificationType") == "Received":
            told |= {"content": base64.b64encode(_mail()).decode()}
            told["receipt"]["action"]["encoding"] = "BASE64"
        yield (
            TYPES[".json"],
            json.dumps({"Type": "Notification", "MessageId": "1", "Message": json.dumps(told)}).encode(),
        )


def _posted() -> Iterator[Made]:
    """A page's form, in each of the ways that browsers send one."""
    fields = {"name": "佐藤", "email": "sato@example.jp", "text": REPLY, "order": "A-1001"}
    yield TYPES[".txt"], urlencode(fields).encode()
    yield TYPES[".json"], json.dumps(fields).encode()


MAKERS: Final[dict[str, Callable[[], Iterator[Made]]]] = {
    "form": _posted,
    "mailgun": lambda: chain(_form("body-mime"), _files("mailgun")),
    "sendgrid": lambda: chain(_form("email"), _files("sendgrid")),
    "ses": _sns,
    "twilio_sms": lambda: _requests("twilio", "sms", "mms", "stop", "status"),
    "twilio_whatsapp": lambda: _requests("twilio", "whatsapp", "status"),
    "twilio_voice": lambda: _requests("twilio", "call", "recording", "transcription"),
    "vonage_sms": lambda: _requests("vonage_sms", ""),
}


def _chat(rounds: int) -> tuple[float, float]:
    """A session's token, and a frame of its socket."""
    session = Session("s", "web", Visitor("anon:1"), "https://shop.example", NOW + timedelta(hours=1))
    token = write_session(session, "secret")
    frame = json.dumps({"type": "message", "id": str(UUID(int=7)), "text": REPLY})

    def read() -> None:
        said = read_frame(frame)
        assert isinstance(said, Message)
        message_draft(said, (), session, NOW)

    verify = _cost_us(lambda: read_session(token, "web", ("secret",), NOW), rounds)
    return verify, _cost_us(read, rounds)


def _shop(name: str, rounds: int) -> float:
    """A page of reviews."""
    page = (SAMPLES / name / "samples" / "reviews.json").read_bytes()
    webhook = Webhook("t", ChannelAccount(id="a", channel=name), {}, page, NOW, "GET", "/page")
    return _cost_us(lambda: SHOPS[name].read(webhook), rounds)


def _way(name: str, rounds: int) -> float | None:
    """None: the row wants what only a real account has."""
    way = WAYS[name]
    secrets = dict.fromkeys((*way.secrets, "access_token"), ("whsec_bm9ib2R5",))
    own, kind, address = ADDRESSES.get(name, ("1234567890", AddressKind.PHONE, "+819012345678"))
    sender = Sender("main", own, OPTIONS, secrets)
    message = Outgoing(
        message_id=UUID(int=1),
        case_id=UUID(int=2),
        conversation_id=UUID(int=3),
        key=UUID(int=4),
        author=Author(kind=AuthorKind.AGENT, id="sato"),
        content=Content(kind=ContentKind.TEXT, text=REPLY),
        address=Address(kind=kind, value=address),
        thread=THREAD if kind is AddressKind.TEAMS_CONVERSATION else {},
        method=way.capability.methods[0],
        requested_at=NOW,
        now=NOW,
    )
    if isinstance(way.render(message, sender), Outcome):
        return None
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
