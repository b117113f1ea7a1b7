"""API keys `mdg_<key id>_<secret>`: shown once, stored as a hash, scoped, expiring, revocable within 30 seconds."""

import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from runtime.errors import DependencyDown, Refused
from runtime.ports import Clock
from runtime.postgres import Database, is_down
from runtime.principal import Principal

_FORM: Final = re.compile(r"mdg_([a-z0-9]{8,32})_([A-Za-z0-9_-]{32,128})")
_FIND: Final = "SELECT key_id, tenant_id, secret_sha256, scopes, expires_at, revoked_at FROM api_key WHERE key_id = $1"
_CACHE_SECONDS: Final = 30.0
_CACHE_SIZE: Final = 10_000


@dataclass(frozen=True, slots=True)
class ApiKeyRecord:
    """A row of table api_key."""

    key_id: str
    tenant_id: str
    secret_sha256: bytes
    scopes: tuple[str, ...]
    expires_at: datetime
    revoked_at: datetime | None = None


FindKey = Callable[[str], Awaitable[ApiKeyRecord | None]]


@dataclass(frozen=True, slots=True)
class MintedKey:
    """`secret` is the whole key as its holder sends it; only `record` is kept."""

    secret: str
    record: ApiKeyRecord


def mint_api_key(tenant: str, scopes: tuple[str, ...], expires_at: datetime) -> MintedKey:
    key_id, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    return MintedKey(f"mdg_{key_id}_{secret}", ApiKeyRecord(key_id, tenant, _hash(secret), scopes, expires_at))


def find_key_in(database: Database) -> FindKey:
    """Looked up before the caller's tenant is known, so through the runtime's own connections."""

    async def find(key_id: str) -> ApiKeyRecord | None:
        try:
            row = await database.system.fetchrow(_FIND, key_id)
        except Exception as error:
            if is_down(error):
                raise DependencyDown(f"Postgres: {type(error).__name__}") from error
            raise
        return ApiKeyRecord(**{**row, "scopes": tuple(row["scopes"])}) if row else None

    return find


class ApiKeys:
    def __init__(self, find: FindKey, clock: Clock, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._clock = clock
        self._monotonic = monotonic
        self._cache: dict[str, tuple[float, ApiKeyRecord | None]] = {}

    async def verify(self, key: str) -> Principal:
        """Raises Refused 401 api_key_invalid, or api_key_expired to a holder of the right secret."""
        matched = _FORM.fullmatch(key)
        record = await self._record(matched[1]) if matched else None
        right = hmac.compare_digest(_hash(matched[2] if matched else ""), record.secret_sha256 if record else bytes(32))
        if record is None or not right or record.revoked_at is not None:
            raise Refused("api_key_invalid", "The API key is not valid.", status=401)
        if record.expires_at <= self._clock.now():
            raise Refused("api_key_expired", "The API key has expired.", status=401)
        return Principal(record.tenant_id, f"key:{record.key_id}", frozenset(record.scopes))

    async def _record(self, key_id: str) -> ApiKeyRecord | None:
        until, record = self._cache.get(key_id, (0.0, None))
        if self._monotonic() < until:
            return record
        record = await self._find(key_id)
        if len(self._cache) >= _CACHE_SIZE:
            self._cache.clear()
        self._cache[key_id] = (self._monotonic() + _CACHE_SECONDS, record)
        return record


def _hash(secret: str) -> bytes:
    """A plain hash is enough: the secret is 256 random bits, nothing to guess."""
    return hashlib.sha256(secret.encode()).digest()
