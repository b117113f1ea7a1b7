"""A running house under a test's hands: posts as LINE does, asks as an agent's frontend does, kills and mends."""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class House:
    """`told` is what `madoguchi up --json` printed."""

    state: Path
    told: dict[str, Any]
    http: httpx.AsyncClient
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.told['token']}"}

    def url(self, service: str) -> str:
        return str(self.told["urls"][service])

    def pid(self, service: str) -> int:
        """The newest process of that name on record."""
        saved = json.loads((self.state / "stack.json").read_text("utf-8"))
        return int([record["pid"] for record in saved["processes"] if record["name"] == service][-1])

    def kill(self, service: str) -> None:
        os.kill(self.pid(service), signal.SIGKILL)

    async def mend(self) -> None:
        """What an operator does: `madoguchi up` starts again what is missing."""
        await command(self.state, "up", "--json")

    async def post_line(self, body: bytes) -> httpx.Response:
        key = self.secrets["ACME_LINE_CHANNEL_SECRET"].encode()
        signature = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
        return await self.http.post(
            f"{self.url('ingest')}/webhooks/line/acme-line",
            content=body,
            headers={"Content-Type": "application/json", "X-Line-Signature": signature},
        )

    async def get(self, service: str, path: str, **params: Any) -> Any:
        answer = await self.http.get(f"{self.url(service)}{path}", params=params, headers=self.bearer)
        answer.raise_for_status()
        return answer.json()

    async def history(self, case_id: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = await self.get(
                "case-store", f"/v1/cases/{case_id}/messages", limit=100, **({"cursor": cursor} if cursor else {})
            )
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found


async def command(state: Path, *arguments: str) -> str:
    """Runs `madoguchi`; its standard output. Fails with what it said otherwise."""
    status, out, err = await run_command(state, *arguments)
    assert status == 0, f"madoguchi {' '.join(arguments)}: {status}\n{err}"
    return out


async def run_command(state: Path, *arguments: str) -> tuple[int | None, str, str]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "madoguchi",
        *arguments,
        cwd=ROOT,
        env=os.environ | {"MADOGUCHI_STATE": str(state), "MADOGUCHI_CACHE": str(ROOT / ".madoguchi" / "cache")},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def open_house(state: Path) -> AsyncIterator[House]:
    told = json.loads(await command(state, "up", "--json"))
    try:
        limits = httpx.Limits(max_connections=40)
        async with httpx.AsyncClient(timeout=20, trust_env=False, limits=limits) as http:
            house = House(state, told, http)
            house.secrets = json.loads((state / "secrets.json").read_text("utf-8"))
            yield house
    finally:
        await command(state, "down", "--wipe")


def line_text(user: str, number: int, text: str) -> bytes:
    """One text message of a user, in LINE's own shape."""
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": 1_795_219_200_000 + number,
        "source": {"type": "user", "userId": user},
        "webhookEventId": f"01{user[1:13].upper()}{number:012d}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"{user[1:9]}{number:024d}",
        "message": {"id": f"{int(user[1:9], 16)}{number:06d}", "type": "text", "quoteToken": "q", "text": text},
    }
    return json.dumps({"destination": "U5f2a9c1e7b3d4860af91c2d3e4b5a697", "events": [event]}).encode()
