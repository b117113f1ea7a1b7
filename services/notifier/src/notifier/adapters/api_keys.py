"""API keys of this service's own schema."""

from runtime.api_keys import ApiKeyRecord, FindKey
from runtime.postgres import Database

_FIND = """
SELECT key_id, tenant_id, secret_sha256, scopes, expires_at, revoked_at FROM api_key WHERE key_id = $1
"""


def find_key_in(database: Database) -> FindKey:
    async def find(key_id: str) -> ApiKeyRecord | None:
        row = await database.system.fetchrow(_FIND, key_id)
        if row is None:
            return None
        return ApiKeyRecord(**{**row, "scopes": tuple(row["scopes"])})

    return find
