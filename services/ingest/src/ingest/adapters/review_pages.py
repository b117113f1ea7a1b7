"""Shops' pages over HTTP, each with the account's own proof; access tokens are held until shortly before their end."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import httpx

from contracts.config import ChannelAccount, TenantConfig
from ingest.handlers.ports import MediaAccount, Secrets
from ingest.handlers.review_shop import ReviewShop, TokenQuestion
from runtime.errors import DependencyDown, Failure
from runtime.ports import Clock

MAX_BYTES: Final = 8 * 1024 * 1024
MARGIN: Final = timedelta(minutes=2)


class ShopRefused(Failure):
    """The shop answered, and not with a page: the account's key, its rights or the app's id are wrong, or we ask too often."""

    code = "shop_refused"


@dataclass(frozen=True, slots=True)
class _Token:
    value: str
    until: datetime


class ReviewPages:
    """`urls` are the shops' APIs and token endpoints by `name` and `name-token`."""

    def __init__(self, client: httpx.AsyncClient, secrets: Secrets, urls: Mapping[str, str], clock: Clock) -> None:
        self._client = client
        self._secrets = secrets
        self._urls = urls
        self._clock = clock
        self._tokens: dict[tuple[str, str], _Token] = {}

    async def page(
        self, shop: ReviewShop, tenant: TenantConfig, account: ChannelAccount, path: str | None
    ) -> tuple[str, bytes]:
        secret = self._secrets.live(tenant, account, shop.secret)[0]
        known = MediaAccount(account.external_id, account.options, self._urls[shop.name], {shop.secret: secret})
        token = await self._token(shop, tenant.tenant, account.id, known)
        wanted = path or shop.first_page(known)
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        try:
            return wanted, await self._send("GET", self._urls[shop.name] + wanted, headers)
        except ShopRefused:
            self._tokens.pop((tenant.tenant, account.id), None)
            raise

    async def _token(self, shop: ReviewShop, tenant: str, account: str, known: MediaAccount) -> str:
        now = self._clock.now()
        held = self._tokens.get((tenant, account))
        if held is not None and now < held.until - MARGIN:
            return held.value
        proof = shop.prove(known, now)
        if isinstance(proof, str):
            return proof
        token = await self._ask(self._urls[f"{shop.name}-token"], proof, now)
        self._tokens[tenant, account] = token
        return token.value

    async def _ask(self, url: str, question: TokenQuestion, now: datetime) -> _Token:
        answer = _object(await self._send("POST", url + question.path, {}, question.form))
        value, life = answer.get("access_token"), answer.get("expires_in", 0)
        if not isinstance(value, str) or not isinstance(life, int):
            raise ShopRefused("the token endpoint gave no access token")
        return _Token(value, now + timedelta(seconds=life))

    async def _send(
        self, method: str, url: str, headers: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> bytes:
        try:
            async with self._client.stream(method, url, headers=dict(headers), data=form) as answer:
                body = bytearray()
                async for chunk in answer.aiter_bytes():
                    body += chunk
                    if len(body) > MAX_BYTES:
                        raise ShopRefused(f"a page is larger than {MAX_BYTES} bytes")
        except httpx.HTTPError as error:
            raise DependencyDown(f"the shop can't be reached: {type(error).__name__}") from error
        if answer.status_code != 200:
            raise ShopRefused(f"the shop answered {answer.status_code}")
        return bytes(body)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
