"""Posting to ingest as a provider does, after the sandbox was told of what the provider would know."""

from typing import Any

import httpx

from madoguchi.errors import Stop
from madoguchi.house.saved import House
from madoguchi.writers.line import reply_token
from madoguchi.writers.model import Said, SignedWebhook

SECONDS = 10.0


async def post_webhook(signed: SignedWebhook, said: Said, house: House, times: int = 1) -> None:
    """The same bytes `times` times. Raises Stop for anything but 2xx: then nobody promised to keep the message."""
    async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
        if signed.channel == "line":
            tokens = [{"token": reply_token(said), "user_id": said.sender}]
            await _post(client, f"{house.url('sandbox')}/_control/line/reply-tokens", json={"tokens": tokens})
        for _ in range(times):
            url, headers = f"{house.url('ingest')}{signed.path}", dict(signed.headers)
            await _post(client, url, content=signed.body, headers=headers)


async def _post(client: httpx.AsyncClient, url: str, **request: Any) -> None:
    try:
        answer = await client.post(url, **request)
    except httpx.HTTPError as error:
        raise Stop(f"{url} can't be reached: {type(error).__name__}") from error
    if not answer.is_success:
        raise Stop(f"{url} answered {answer.status_code}: {answer.text[:300]}")
