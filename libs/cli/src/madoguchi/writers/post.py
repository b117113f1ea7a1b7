"""Posting to ingest as a provider does."""

import httpx

from madoguchi.errors import Stop
from madoguchi.writers.model import SignedWebhook

SECONDS = 10.0


async def post_webhook(signed: SignedWebhook, ingest: str) -> None:
    """Raises Stop for anything but 2xx: then nobody promised to keep the message."""
    try:
        async with httpx.AsyncClient(timeout=SECONDS, trust_env=False) as client:
            answer = await client.post(f"{ingest}{signed.path}", content=signed.body, headers=dict(signed.headers))
    except httpx.HTTPError as error:
        raise Stop(f"ingest at {ingest} can't be reached: {type(error).__name__}") from error
    if not answer.is_success:
        raise Stop(f"ingest answered {answer.status_code}: {answer.text[:300]}")
