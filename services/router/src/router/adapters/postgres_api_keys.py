from typing import Final

from runtime.api_keys import ApiKeyRecord, FindKey
from runtime.postgres import Database

_FIND: Final = "SELECT key_id, tenant_id, secret_sha256, scopes, expires_at, revoked_at FROM api_key WHERE key_id = $1"


def find_api_key(database: Database) -> FindKey:
    """Before the caller's tenant is known, so through the runtime's own connections."""

    async def find(key_id: str) -> ApiKeyRecord | None:
        row = await database.system.fetchrow(_FIND, key_id)
        return ApiKeyRecord(**{**dict(row), "scopes": tuple(row["scopes"])}) if row else None

    return find
