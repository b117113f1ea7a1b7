import asyncio
import json
import os
import stat
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from sandbox.app import create_app
from sandbox.issuer import OutsideLocalStack, TokenRequest, issue
from sandbox.issuer_keys import BadKeyFile, algorithm, load_key, open_key, public_jwks
from sandbox.settings import SandboxSettings

WANTED = {"tenant": "acme", "subject": "agent-7", "scopes": ["cases:read", "cases:write"], "ttl_seconds": 600}


async def test_a_token_verifies_against_the_published_keys(client: httpx.AsyncClient, clock: Any) -> None:
    answer = await client.post("/issuer/token", json={**WANTED, "agent_id": "a-7"})
    assert answer.status_code == 200
    body = answer.json()
    assert (body["token_type"], body["expires_in"], body["scope"]) == ("Bearer", 600, "cases:read cases:write")
    configuration = (await client.get("/issuer/.well-known/openid-configuration")).json()
    keys = KeySet.import_key_set((await client.get(configuration["jwks_uri"])).json())
    token = jwt.decode(body["access_token"], keys, algorithms=["ES256"])
    now = int(clock.now().timestamp())
    assert token.header["kid"] == keys.keys[0].kid
    assert token.claims == {
        "iss": configuration["issuer"],
        "aud": "madoguchi",
        "sub": "agent-7",
        "iat": now,
        "nbf": now,
        "exp": now + 600,
        "scope": "cases:read cases:write",
        "tenant": "acme",
        "agent_id": "a-7",
    }
    assert configuration["issuer"] == "http://127.0.0.1:8900/issuer"


async def test_the_published_keys_hold_nothing_private(client: httpx.AsyncClient) -> None:
    [key] = (await client.get("/issuer/jwks.json")).json()["keys"]
    assert "d" not in key
    assert (key["kty"], key["alg"], key["use"]) == ("EC", "ES256", "sig")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"ttl_seconds": 43_201}, "ttl_seconds"),
        ({"ttl_seconds": 0}, "ttl_seconds"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["two words"]}, "scopes/0"),
        ({"tenant": ""}, "tenant"),
        ({"subject": "a\u0000b"}, "subject"),
        ({"admin": True}, "admin"),
    ],
)
async def test_a_wrong_request_is_refused_with_its_place(
    client: httpx.AsyncClient, change: dict[str, Any], field: str
) -> None:
    answer = await client.post("/issuer/token", json={**WANTED, **change})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"/body/{field}"


async def test_a_name_that_is_not_loopback_gets_no_token(client: httpx.AsyncClient) -> None:
    answer = await client.post("/issuer/token", json=WANTED, headers={"host": "evil.example"})
    assert answer.status_code == 403
    assert "access_token" not in answer.json()


def test_the_key_file_is_made_once_private_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "state" / "issuer.json"
    first, second = open_key(path), open_key(path)
    assert public_jwks(first) == public_jwks(second)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["issuer.json"]


def test_the_command_line_can_issue_from_the_file(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / "issuer.json"
    public = KeySet.import_key_set(public_jwks(open_key(path)))
    wanted = TokenRequest(tenant="acme", subject="cli", scopes=("admin",))
    token = issue(wanted, key=load_key(path), issuer="http://127.0.0.1:1/issuer", audience="madoguchi", now=clock.now())
    assert jwt.decode(token, public, algorithms=["ES256"]).claims["sub"] == "cli"


def test_an_rsa_key_signs_rs256(tmp_path: Path, clock: Any) -> None:
    path = tmp_path / "rsa.json"
    path.write_text(json.dumps(RSAKey.generate_key(2048).as_dict(private=True)), encoding="utf-8")
    key = load_key(path)
    assert algorithm(key) == "RS256"
    wanted = TokenRequest(tenant="acme", subject="cli", scopes=("admin",))
    token = issue(wanted, key=key, issuer="i", audience="madoguchi", now=clock.now())
    assert jwt.decode(token, KeySet.import_key_set(public_jwks(key)), algorithms=["RS256"]).header["kid"]


@pytest.mark.parametrize(
    "content",
    [
        "",
        "not json",
        "[]",
        '{"kty":"oct","k":"c2VjcmV0"}',
        json.dumps(ECKey.generate_key("P-256").as_dict(private=False)),
        json.dumps(ECKey.generate_key("P-384").as_dict(private=True)),
    ],
)
def test_a_key_file_of_another_kind_is_refused_with_its_name(tmp_path: Path, content: str) -> None:
    path = tmp_path / "issuer.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadKeyFile, match=r"issuer\.json"):
        open_key(path)


@pytest.mark.parametrize("stack", ["", "external", "production", "EMBEDDED"])
def test_outside_a_local_stack_no_app_is_made(stack: str, clock: Any) -> None:
    with pytest.raises(OutsideLocalStack, match="MADOGUCHI_SANDBOX_STACK"):
        create_app(SandboxSettings(stack=stack), clock)


def test_a_host_that_slipped_past_the_settings_is_refused(clock: Any) -> None:
    settings = SandboxSettings(stack="embedded").model_copy(update={"host": "0.0.0.0"})
    with pytest.raises(OutsideLocalStack, match="loopback"):
        create_app(settings, clock)


async def start(*arguments: str, **environment: str) -> tuple[int | None, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MADOGUCHI_")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "sandbox",
        *arguments,
        env={**clean, **environment},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(30):
        _, errors = await process.communicate()
    return process.returncode, errors.decode()


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (("--port", "0"), {}, "only in a local stack"),
        (("--port", "0"), {"MADOGUCHI_SANDBOX_STACK": "external"}, "only in a local stack"),
        (("--host", "0.0.0.0"), {"MADOGUCHI_SANDBOX_STACK": "embedded"}, "not a loopback address"),
        ((), {"MADOGUCHI_SANDBOX_STACK": "containers", "MADOGUCHI_SANDBOX_HOST": "192.0.2.1"}, "not a loopback"),
    ],
)
async def test_the_process_refuses_with_status_2_and_one_sentence(
    arguments: tuple[str, ...], environment: dict[str, str], words: str
) -> None:
    code, errors = await start(*arguments, **environment)
    assert code == 2
    assert words in errors
    assert len(errors.splitlines()) == 1
