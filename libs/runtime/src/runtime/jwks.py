"""The issuer's public keys, fetched when needed and kept while the issuer is away."""

import asyncio
import time
from collections.abc import Callable
from typing import Any, Final

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey, import_key

from runtime import logging
from runtime.errors import DependencyDown

FRESH_SECONDS: Final = 300.0
MIN_INTERVAL_SECONDS: Final = 10.0
_MAX_BYTES: Final = 256 * 1024
_MAX_KEYS: Final = 100
_MIN_RSA_BITS: Final = 2048
log = logging.get("auth")


class JwksCache:
    """Fresh for 5 minutes; an unknown key id asks again, but never more often than every 10 s; errors leave the old keys."""

    def __init__(self, url: str, client: httpx.AsyncClient, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._url = url
        self._client = client
        self._monotonic = monotonic
        self._keys: dict[str, Key] = {}
        self._fetched: float | None = None
        self._tried: float | None = None
        self._lock = asyncio.Lock()

    async def key(self, kid: str | None) -> Key | None:
        """None: the issuer has no such key. Raises DependencyDown while none is known at all."""
        if not self._serves(kid):
            async with self._lock:
                if not self._is_fresh() or self._find(kid) is None:
                    await self._refresh()
        if self._fetched is None:
            raise DependencyDown("the token issuer's keys can't be fetched")
        return self._find(kid)

    def _serves(self, kid: str | None) -> bool:
        """An old key serves on while somebody else is asking for new ones, or just asked in vain."""
        return self._find(kid) is not None and (self._is_fresh() or self._lock.locked() or self._tried_lately())

    def _tried_lately(self) -> bool:
        return self._tried is not None and self._monotonic() - self._tried < MIN_INTERVAL_SECONDS

    def _find(self, kid: str | None) -> Key | None:
        if kid is None:
            return next(iter(self._keys.values())) if len(self._keys) == 1 else None
        return self._keys.get(kid)

    def _is_fresh(self) -> bool:
        return self._fetched is not None and self._monotonic() - self._fetched < FRESH_SECONDS

    async def _refresh(self) -> None:
        if self._tried_lately():
            return
        self._tried = self._monotonic()
        try:
            self._keys = usable_keys(await self._fetch())
            self._fetched = self._monotonic()
        except (httpx.HTTPError, ValueError) as error:
            log.warning("the token issuer's keys can't be fetched", exc_info=error)

    async def _fetch(self) -> Any:
        async with asyncio.timeout(5), self._client.stream("GET", self._url) as response:
            response.raise_for_status()
            body = b""
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _MAX_BYTES:
                    raise ValueError("the key set is too large")
            return httpx.Response(200, content=body).json()


def usable_keys(document: Any) -> dict[str, Key]:
    """By key id; keys of a kind or strength that we never accept are left out. Raises ValueError if it is no key set."""
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("not a key set")  # noqa: TRY004  # one kind of error for one unusable answer
    keys: dict[str, Key] = {}
    for index, entry in enumerate(listed[:_MAX_KEYS]):
        key = _usable(entry)
        if key is not None:
            keys[str(entry.get("kid", f"#{index}"))] = key
    return keys


def _usable(entry: Any) -> Key | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    try:
        key = import_key(entry)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return key if algorithms_of(key) else None


def algorithms_of(key: Key) -> tuple[str, ...]:
    """What a key of this type may have signed with: the token does not get to choose."""
    match key:
        case RSAKey() if key.public_key.key_size >= _MIN_RSA_BITS:
            return ("RS256",)
        case ECKey() if key.curve_name == "P-256":
            return ("ES256",)
        case OKPKey() if key.curve_name == "Ed25519":
            return ("EdDSA", "Ed25519")
        case _:
            return ()
