from datetime import timedelta
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter

from runtime.api import Principal, create_api, requires
from runtime.api_keys import ApiKeyRecord, ApiKeys, MintedKey, mint_api_key
from runtime.auth import Authenticator
from runtime.errors import Refused
from runtime.testing.auth import TestIssuer
from runtime.testing.clock import ManualClock


class Store:
    def __init__(self, *minted: MintedKey) -> None:
        self.records = {each.record.key_id: each.record for each in minted}
        self.asked = 0

    async def find(self, key_id: str) -> ApiKeyRecord | None:
        self.asked += 1
        return self.records.get(key_id)


class Seconds:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


CLOCK = ManualClock()
MINTED = mint_api_key("acme", ("cases:read",), CLOCK.now() + timedelta(days=1))


def test_a_minted_key_keeps_only_a_hash() -> None:
    secret = MINTED.secret.split("_", 2)[2]
    assert len(secret) >= 43
    assert secret not in repr(MINTED.record)
    assert mint_api_key("acme", (), CLOCK.now()).secret != MINTED.secret


async def test_a_good_key_names_its_tenant_and_scopes() -> None:
    caller = await ApiKeys(Store(MINTED).find, CLOCK).verify(MINTED.secret)
    assert caller == Principal("acme", f"key:{MINTED.record.key_id}", frozenset({"cases:read"}))


async def code_of(keys: ApiKeys, key: str) -> str:
    with pytest.raises(Refused) as raised:
        await keys.verify(key)
    assert raised.value.status == 401
    return raised.value.code


@pytest.mark.parametrize(
    "key",
    [
        "",
        "mdg",
        "mdg__",
        "mdg_abcdefgh_short",
        MINTED.secret[:-1] + "!",
        MINTED.secret + "x",
        MINTED.secret.upper(),
        "ü" * 60,
    ],
)
async def test_a_wrong_key_is_refused(key: str) -> None:
    assert await code_of(ApiKeys(Store(MINTED).find, CLOCK), key) == "api_key_invalid"


async def test_another_keys_secret_is_refused() -> None:
    other = mint_api_key("zeta", ("cases:read",), CLOCK.now() + timedelta(days=1))
    mixed = f"mdg_{MINTED.record.key_id}_{other.secret.split('_', 2)[2]}"
    assert await code_of(ApiKeys(Store(MINTED, other).find, CLOCK), mixed) == "api_key_invalid"


async def test_an_expired_key_is_refused_even_while_cached() -> None:
    clock = ManualClock(CLOCK.now())
    keys = ApiKeys(Store(MINTED).find, clock)
    await keys.verify(MINTED.secret)
    clock.advance(timedelta(days=1))
    assert await code_of(keys, MINTED.secret) == "api_key_expired"


async def test_a_revoked_key_is_refused_within_thirty_seconds() -> None:
    store, seconds = Store(MINTED), Seconds()
    keys = ApiKeys(store.find, CLOCK, seconds)
    await keys.verify(MINTED.secret)
    record = MINTED.record
    store.records[record.key_id] = ApiKeyRecord(
        record.key_id, "acme", record.secret_sha256, record.scopes, record.expires_at, CLOCK.now()
    )
    await keys.verify(MINTED.secret)
    assert store.asked == 1
    seconds.now += 30
    assert await code_of(keys, MINTED.secret) == "api_key_invalid"


async def test_a_malformed_key_costs_no_look_up() -> None:
    store = Store(MINTED)
    assert await code_of(ApiKeys(store.find, CLOCK), "mdg_' OR 1=1_" + "x" * 40) == "api_key_invalid"
    assert store.asked == 0


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.get("/me")
    async def me(caller: Annotated[Principal, requires("cases:read")]) -> dict[str, str]:
        return {"tenant": caller.tenant, "subject": caller.subject}

    return router


async def test_tokens_and_keys_open_the_same_door() -> None:
    issuer = TestIssuer(CLOCK)
    app = create_api("test", "1", [routes()], Authenticator(issuer.verifier(), ApiKeys(Store(MINTED).find, CLOCK)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as client:
        by_token = await client.get("/v1/me", headers=issuer.headers("zeta", "cases:read"))
        by_key = await client.get("/v1/me", headers={"x-api-key": MINTED.secret})
        nobody = await client.get("/v1/me")
        forger = await client.get("/v1/me", headers={"authorization": "Bearer a.b.c"})
        powerless = await client.get("/v1/me", headers=issuer.headers("zeta", "cases:write"))
    assert by_token.json() == {"tenant": "zeta", "subject": "user-1"}
    assert by_key.json() == {"tenant": "acme", "subject": f"key:{MINTED.record.key_id}"}
    assert (nobody.status_code, nobody.json()["code"]) == (401, "token_missing")
    assert nobody.headers["www-authenticate"] == 'Bearer realm="madoguchi"'
    assert (forger.status_code, forger.json()["code"]) == (401, "token_malformed")
    assert forger.headers["www-authenticate"] == 'Bearer realm="madoguchi", error="invalid_token"'
    assert (powerless.status_code, powerless.json()["code"]) == (403, "scope_missing")
