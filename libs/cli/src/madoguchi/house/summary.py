"""What a person needs right after the start: doors, a token, three lines to paste."""

import json
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from madoguchi.house.saved import House
from madoguchi.house.secrets import load_secrets
from madoguchi.house.tokens import Wanted, make_token
from madoguchi.stack import LOOPBACK

_DOORS: Final = {
    "ingest": "webhooks in: POST /webhooks/{channel}/{account}",
    "case-store": "cases, messages, customers: /v1, /openapi.json",
    "router": "agents, presence, offers, queues: /v1, /openapi.json",
    "notifier": "deliveries: /v1, /openapi.json",
    "sandbox": "the providers' stand-ins: /_control/visible, /issuer",
}
_TOKEN_SECONDS: Final = 12 * 3600
CUSTOMER: Final = "U4af4980629e5b5ff3bb0ed8c2f5cbb12"


@dataclass(frozen=True, slots=True)
class Line:
    """One command to paste; each stands alone."""

    says: str
    command: str


def as_text(house: House, state: Path) -> str:
    token = _token(house, state)
    doors = [f"  {name:<11} {house.url(name)}   {told}" for name, told in _DOORS.items()]
    probes = [f"{name} {port}" for name, port in house.internal_ports.items()]
    lines = [text for line in curl_lines(house, state, token) for text in (f"\n# {line.says}", line.command)]
    return "\n".join(
        [
            f"\nMadoguchi runs on {house.broker}; state and logs are in {state}",
            *doors,
            f"  probes and figures (/readyz, /metrics): {', '.join(probes)}",
            f"\nA token for 12 hours, tenant acme, agent aiko:\n{token}",
            *lines,
            '\nNext: madoguchi send line "返金したいです" · madoguchi trace <message id> · madoguchi down',
        ]
    )


def as_json(house: House, state: Path) -> dict[str, Any]:
    token = _token(house, state)
    return {
        "state": str(state),
        "broker": house.broker,
        "kafka": house.kafka,
        "urls": {name: house.url(name) for name in house.ports},
        "internal_urls": {name: f"http://{LOOPBACK}:{port}" for name, port in house.internal_ports.items()},
        "token": token,
        "curl": [line.command for line in curl_lines(house, state, token)],
    }


def curl_lines(house: House, state: Path, token: str) -> list[Line]:
    bearer = f'-H "Authorization: Bearer $(cat {shlex.quote(str(_kept(token, state)))})"'
    return [
        Line("a customer writes on LINE (signed as LINE signs)", _line_webhook(house, load_secrets(state))),
        Line("the case that came of it", f"curl -sS {bearer} {house.url('case-store')}/v1/cases"),
        Line("the queues, live", f"curl -sS {bearer} {house.url('router')}/v1/queues"),
    ]


def _line_webhook(house: House, secrets: dict[str, str]) -> str:
    """The shell fills in the time, so that each paste is another message."""
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": "@MS@",
        "source": {"type": "user", "userId": CUSTOMER},
        "webhookEventId": "curl-@NS@",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": "curl-@NS@",
        "message": {"id": "@NS@", "type": "text", "quoteToken": "q", "text": "返金したいです。注文番号は1042です。"},
    }
    body = json.dumps({"events": [event]}, ensure_ascii=False, separators=(",", ":"))
    filled = body.replace('"@MS@"', "'\"$N\"'000").replace("@NS@", "'\"$N-$$-$RANDOM\"'")
    signature = f'printf %s "$B" | openssl dgst -sha256 -hmac {secrets["ACME_LINE_CHANNEL_SECRET"]} -binary | base64'
    return (
        f"N=$(date +%s); B='{filled}'; "
        f'curl -sS -i -H "Content-Type: application/json" -H "X-Line-Signature: $({signature})" '
        f'--data-binary "$B" {house.url("ingest")}/webhooks/line/acme-line'
    )


def _kept(token: str, state: Path) -> Path:
    """In a file, so that a line to paste stays a line."""
    path = state / "token"
    path.touch(mode=0o600)
    path.write_text(token, encoding="utf-8")
    return path


def _token(house: House, state: Path) -> str:
    return make_token(Wanted(agent="aiko", ttl=_TOKEN_SECONDS), house, state)
