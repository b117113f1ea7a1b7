"""Who is calling: an OIDC access token or an API key. Never asks anything of the token it has not verified."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import httpx
from starlette.datastructures import Headers

from runtime.api_keys import ApiKeys, FindKey
from runtime.clock import SystemClock
from runtime.errors import Refused
from runtime.jwks import JwksCache
from runtime.jwt import TokenVerifier
from runtime.ports import Clock
from runtime.principal import Principal
from runtime.settings import AuthSettings

__all__ = ["Authenticator", "Principal", "open_authenticator"]

_BEARER = re.compile(r"[Bb]earer +([A-Za-z0-9._~+/=-]+)")


@dataclass(frozen=True, slots=True)
class Authenticator:
    tokens: TokenVerifier
    api_keys: ApiKeys | None = None

    async def authenticate(self, headers: Headers) -> Principal:
        """Raises Refused 401 with a code that says what is wrong, DependencyDown while no key of the issuer is known."""
        bearer, key = headers.getlist("authorization"), headers.getlist("x-api-key")
        if not bearer and not key:
            raise Refused("token_missing", "Send a bearer token or an API key.", status=401)
        if len(bearer) + len(key) > 1:
            raise Refused("token_malformed", "Send one credential, not several.", status=401)
        if key:
            return await self._by_key(key[0])
        matched = _BEARER.fullmatch(bearer[0])
        if matched is None:
            raise Refused("token_malformed", "Authorization is not 'Bearer <token>'.", status=401)
        return await self.tokens.verify(matched[1])

    async def _by_key(self, key: str) -> Principal:
        if self.api_keys is None:
            raise Refused("api_key_invalid", "This service takes no API keys.", status=401)
        return await self.api_keys.verify(key)


@asynccontextmanager
async def open_authenticator(
    settings: AuthSettings, find_key: FindKey | None = None, clock: Clock | None = None
) -> AsyncIterator[Authenticator]:
    """`find_key` looks an API key's record up by its id (`find_key_in(database)`); without it only tokens are taken."""
    clock = clock or SystemClock()
    async with httpx.AsyncClient(timeout=3.0, follow_redirects=False, trust_env=False) as client:
        cache = JwksCache(str(settings.jwks_url), client)
        verifier = TokenVerifier(settings.issuer, settings.audience, cache, clock)
        yield Authenticator(verifier, ApiKeys(find_key, clock) if find_key else None)
