import asyncio
import base64
import hashlib
import hmac
import json
from datetime import timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, Key, OctKey, OKPKey, RSAKey
from joserfc.jws import deserialize_compact
from starlette.datastructures import Headers

from runtime.auth import Authenticator
from runtime.errors import DependencyDown, Refused
from runtime.jwks import JwksCache, usable_keys
from runtime.jwt import TokenVerifier
from runtime.principal import Principal
from runtime.testing.auth import AUDIENCE, ISSUER, TestIssuer
from runtime.testing.clock import ManualClock

RSA = RSAKey.generate_key(2048, {"kid": "rsa", "use": "sig"})
EC = ECKey.generate_key("P-256", {"kid": "ec", "use": "sig"})
ED = OKPKey.generate_key("Ed25519", {"kid": "ed", "use": "sig"})


class Seconds:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def issuer(clock: ManualClock) -> TestIssuer:
    return TestIssuer(clock)


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def forged(header: dict[str, Any], token: str, secret: bytes | None = None) -> str:
    """`token`'s claims under another header, signed with HMAC or not at all."""
    signed = f"{b64(json.dumps(header).encode())}.{token.split('.')[1]}"
    return f"{signed}.{b64(hmac.digest(secret, signed.encode(), hashlib.sha256)) if secret else ''}"


async def code_of(issuer: TestIssuer, token: str) -> str:
    with pytest.raises(Refused) as raised:
        await issuer.verifier().verify(token)
    assert raised.value.status == 401
    assert token not in raised.value.sentence
    return raised.value.code


@pytest.mark.parametrize("key", [RSA, EC, ED])
async def test_a_good_token_names_its_bearer(clock: ManualClock, key: Key) -> None:
    issuer = TestIssuer(clock, key)
    token = issuer.token("acme", "cases:read cases:write", agent_id="mika")
    expected = Principal("acme", "user-1", frozenset({"cases:read", "cases:write"}), "mika")
    assert await issuer.verifier().verify(token) == expected


async def test_a_key_of_the_newer_name_for_eddsa_is_taken(clock: ManualClock) -> None:
    issuer = TestIssuer(clock, ED)
    assert (await issuer.verifier().verify(issuer.token(header={"alg": "Ed25519"}))).tenant == "acme"


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": -31}, "token_expired"),
        ({"exp": None}, "token_claims_invalid"),
        ({"exp": "soon"}, "token_claims_invalid"),
        ({"exp": float("nan")}, "token_claims_invalid"),
        ({"nbf": 31}, "token_not_yet_valid"),
        ({"iat": 31}, "token_claims_invalid"),
        ({"iss": "https://other.test"}, "token_claims_invalid"),
        ({"iss": None}, "token_claims_invalid"),
        ({"iss": [ISSUER]}, "token_claims_invalid"),
        ({"aud": "other"}, "token_claims_invalid"),
        ({"aud": None}, "token_claims_invalid"),
        ({"aud": []}, "token_claims_invalid"),
        ({"sub": None}, "token_claims_invalid"),
        ({"sub": 7}, "token_claims_invalid"),
        ({"tenant": None}, "token_claims_invalid"),
        ({"tenant": "*"}, "token_claims_invalid"),
        ({"tenant": "acme\n"}, "token_claims_invalid"),
        ({"tenant": ["acme"]}, "token_claims_invalid"),
        ({"scope": ["cases:read"]}, "token_claims_invalid"),
        ({"agent_id": "a b"}, "token_claims_invalid"),
    ],
)
async def test_wrong_claims_are_refused(
    issuer: TestIssuer, clock: ManualClock, claims: dict[str, Any], code: str
) -> None:
    now = int(clock.now().timestamp())
    times = {name: now + value for name, value in claims.items() if isinstance(value, int) and name != "sub"}
    tenant = claims.pop("tenant", "acme")
    scope = claims.pop("scope", "")
    assert await code_of(issuer, issuer.token(tenant, scope, **(claims | times))) == code


async def test_clocks_may_differ_by_thirty_seconds(issuer: TestIssuer, clock: ManualClock) -> None:
    token = issuer.token()
    clock.advance(timedelta(seconds=329))
    assert (await issuer.verifier().verify(token)).subject == "user-1"
    clock.advance(timedelta(seconds=1))
    assert await code_of(issuer, token) == "token_expired"


async def test_one_of_several_audiences_is_enough(issuer: TestIssuer) -> None:
    assert (await issuer.verifier().verify(issuer.token(aud=["other", AUDIENCE]))).tenant == "acme"


async def test_the_algorithm_none_is_refused(issuer: TestIssuer) -> None:
    for name in ("none", "None", "NONE"):
        token = forged({"alg": name, "kid": "test-1"}, issuer.token())
        assert await code_of(issuer, token) == "token_signature_invalid"


@pytest.mark.parametrize("key", [RSA, EC])
async def test_the_public_key_is_no_hmac_secret(clock: ManualClock, key: RSAKey | ECKey) -> None:
    issuer = TestIssuer(clock, key)
    for secret in (
        key.as_pem(private=False),
        key.as_der(private=False),
        json.dumps(key.as_dict(private=False)).encode(),
    ):
        token = forged({"alg": "HS256", "kid": key.kid}, issuer.token(), secret)
        assert await code_of(issuer, token) == "token_signature_invalid"


async def test_a_symmetric_key_in_the_key_set_is_never_used(clock: ManualClock) -> None:
    weak = OctKey.import_key("a shared secret of thirty-two by", {"kid": "oct"})
    assert usable_keys({"keys": [weak.as_dict(private=True)]}) == {}


async def test_a_key_of_another_type_does_not_verify(clock: ManualClock) -> None:
    issuer = TestIssuer(clock, RSA)
    token = TestIssuer(clock, EC).token(header={"kid": "rsa"})
    assert await code_of(issuer, token) == "token_signature_invalid"


async def test_a_foreign_key_id_is_refused(clock: ManualClock, issuer: TestIssuer) -> None:
    assert await code_of(issuer, TestIssuer(clock, EC).token()) == "token_signature_invalid"


async def test_a_foreign_signature_under_our_key_id_is_refused(clock: ManualClock, issuer: TestIssuer) -> None:
    token = TestIssuer(clock, EC).token(header={"kid": "test-1"})
    assert await code_of(issuer, token) == "token_signature_invalid"


@pytest.mark.parametrize("name", ["jwk", "x5c", "jku", "x5u"])
async def test_a_key_that_the_token_brings_along_is_ignored(clock: ManualClock, issuer: TestIssuer, name: str) -> None:
    brought: dict[str, Any] = {
        "jwk": EC.as_dict(private=False),
        "x5c": ["MIIB"],
        "jku": "https://evil.test/jwks",
        "x5u": "https://evil.test/cert",
    }
    attacker = TestIssuer(clock, EC)
    assert (
        await code_of(issuer, attacker.token(header={"kid": "test-1", name: brought[name]}))
        == "token_signature_invalid"
    )
    assert (await issuer.verifier().verify(issuer.token(header={name: brought[name]}))).tenant == "acme"


async def test_critical_extensions_are_refused(issuer: TestIssuer) -> None:
    header = {"alg": "ES256", "kid": "test-1", "crit": ["b64"], "b64": True}
    assert await code_of(issuer, forged(header, issuer.token(), b"x")) == "token_malformed"


@pytest.mark.parametrize("typ", ["JWE", "logout+jwt", "dpop+jwt"])
async def test_a_token_for_another_purpose_is_refused(issuer: TestIssuer, typ: str) -> None:
    assert await code_of(issuer, issuer.token(header={"typ": typ})) == "token_malformed"


async def test_an_oversized_token_is_refused_before_the_issuer_is_asked(issuer: TestIssuer) -> None:
    assert await code_of(issuer, issuer.token(scope="x" * 8192)) == "token_malformed"
    assert issuer.asked == 0


@pytest.mark.parametrize(
    "token", ["", "a", "a.b", "a.b.c", "....", "e30.e30.", "W10.e30.x", "ÿ.e30.x", "e30.e30.x.y.z"]
)
async def test_what_is_no_token_is_refused(issuer: TestIssuer, token: str) -> None:
    with pytest.raises(Refused) as raised:
        await issuer.verifier().verify(token)
    assert raised.value.code in ("token_malformed", "token_signature_invalid")


@pytest.mark.parametrize("part", [0, 1, 2])
async def test_any_changed_part_is_noticed(issuer: TestIssuer, part: int) -> None:
    parts = issuer.token().split(".")
    middle = len(parts[part]) // 2
    parts[part] = parts[part][:middle] + ("A" if parts[part][middle] != "A" else "B") + parts[part][middle + 1 :]
    assert await code_of(issuer, ".".join(parts)) in ("token_signature_invalid", "token_malformed")


async def test_keys_are_fetched_once_in_five_minutes_and_again_for_an_unknown_key(clock: ManualClock) -> None:
    issuer, seconds = TestIssuer(clock, EC), Seconds()
    verifier = issuer.verifier(seconds)
    for _ in range(3):
        await verifier.verify(issuer.token())
    assert issuer.asked == 1
    seconds.now += 11
    issuer.key = RSA
    assert (await verifier.verify(issuer.token())).tenant == "acme"
    assert issuer.asked == 2


async def test_a_tokens_signature_is_checked_once_for_each_key_set(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[bytes] = []

    def counted(token: bytes, *rest: Any, **named: Any) -> Any:
        checked.append(token)
        return deserialize_compact(token, *rest, **named)

    monkeypatch.setattr("runtime.jwt.deserialize_compact", counted)
    issuer, seconds = TestIssuer(clock, EC), Seconds()
    verifier, token, other = issuer.verifier(seconds), issuer.token(), issuer.token(sub="user-2")
    for each in (token, token, other, token):
        await verifier.verify(each)
    assert checked == [token.encode(), other.encode()]
    seconds.now += 301
    await verifier.verify(token)
    assert len(checked) == 3


async def test_only_so_many_tokens_are_known(clock: ManualClock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.jwt._KNOWN_TOKENS", 2)
    issuer = TestIssuer(clock, EC)
    verifier = issuer.verifier()
    for number in (*range(5), 0, 4):
        assert (await verifier.verify(issuer.token(sub=f"user-{number}"))).subject == f"user-{number}"
    assert len(vars(verifier)["_known"]) == 2


async def test_a_known_token_is_refused_when_it_ends_or_its_key_is_withdrawn(clock: ManualClock) -> None:
    issuer, seconds = TestIssuer(clock, EC), Seconds()
    verifier, ends, withdrawn = issuer.verifier(seconds), issuer.token(), issuer.token(exp=2**40)
    for token in (ends, withdrawn):
        await verifier.verify(token)
    clock.advance(timedelta(hours=2))
    with pytest.raises(Refused) as ended:
        await verifier.verify(ends)
    issuer.key = RSA
    seconds.now += 301
    with pytest.raises(Refused) as gone:
        await verifier.verify(withdrawn)
    assert (ended.value.code, gone.value.code) == ("token_expired", "token_signature_invalid")


async def test_tampering_with_a_known_token_is_seen(clock: ManualClock) -> None:
    issuer = TestIssuer(clock, EC)
    verifier, token = issuer.verifier(), issuer.token()
    await verifier.verify(token)
    head, claims, signature = token.split(".")
    with pytest.raises(Refused):
        await verifier.verify(f"{head}.{claims}.{signature[:-4]}AAAA")


async def test_unknown_keys_do_not_make_us_hammer_the_issuer(clock: ManualClock) -> None:
    issuer, seconds = TestIssuer(clock, EC), Seconds()
    verifier = issuer.verifier(seconds)
    await verifier.verify(issuer.token())
    seconds.now += 11
    for number in range(5):
        with pytest.raises(Refused):
            await verifier.verify(issuer.token(header={"kid": f"unknown-{number}"}))
    assert issuer.asked == 2


async def test_old_keys_serve_while_the_issuer_is_away(clock: ManualClock) -> None:
    issuer, seconds = TestIssuer(clock, EC), Seconds()
    verifier = issuer.verifier(seconds)
    await verifier.verify(issuer.token())
    issuer.down = True
    seconds.now += 3_000
    assert (await verifier.verify(issuer.token())).tenant == "acme"
    assert issuer.asked == 2


async def test_an_issuer_that_hangs_delays_one_caller_and_not_all(clock: ManualClock) -> None:
    issuer, seconds, asked, answer = TestIssuer(clock, EC), Seconds(), asyncio.Event(), asyncio.Event()

    async def hang(request: httpx.Request) -> httpx.Response:
        if seconds.now > 1_000.0:
            asked.set()
            await answer.wait()
        return httpx.Response(200, json={"keys": [EC.as_dict(private=False)]})

    keys = JwksCache(f"{ISSUER}/jwks", httpx.AsyncClient(transport=httpx.MockTransport(hang)), seconds)
    verifier = TokenVerifier(ISSUER, AUDIENCE, keys, clock)
    await verifier.verify(issuer.token())
    seconds.now += 301
    async with asyncio.TaskGroup() as group:
        first = group.create_task(verifier.verify(issuer.token()))
        await asked.wait()
        assert (await verifier.verify(issuer.token())).tenant == "acme"
        assert not first.done()
        answer.set()
    assert first.result().tenant == "acme"


async def test_without_any_key_the_dependency_is_down_until_the_issuer_is_back(clock: ManualClock) -> None:
    issuer, seconds = TestIssuer(clock, EC, down=True), Seconds()
    verifier = issuer.verifier(seconds)
    with pytest.raises(DependencyDown):
        await verifier.verify(issuer.token())
    issuer.down = False
    seconds.now += 11
    assert (await verifier.verify(issuer.token())).tenant == "acme"


@pytest.mark.parametrize("document", [None, [], {}, {"keys": {}}])
def test_what_is_no_key_set_is_refused(document: object) -> None:
    with pytest.raises(ValueError, match="not a key set"):
        usable_keys(document)


def test_unusable_keys_are_left_out() -> None:
    good = EC.as_dict(private=False)
    encryption = good | {"kid": "enc", "use": "enc"}
    other_curve = ECKey.generate_key("P-384", {"kid": "p384"}).as_dict(private=False)
    entries = [None, {}, {"kty": "EC"}, {"kty": "XX", "kid": "x"}, encryption, other_curve, good]
    assert set(usable_keys({"keys": entries})) == {"ec"}


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([], "token_missing"),
        ([("authorization", "Basic dXNlcjpwYXNz")], "token_malformed"),
        ([("authorization", "Bearer")], "token_malformed"),
        ([("authorization", "Bearer a b")], "token_malformed"),
        ([("authorization", "Bearer a"), ("authorization", "Bearer b")], "token_malformed"),
        ([("authorization", "Bearer a"), ("x-api-key", "b")], "token_malformed"),
        ([("x-api-key", "mdg_x_y")], "api_key_invalid"),
    ],
)
async def test_exactly_one_credential_is_wanted(issuer: TestIssuer, headers: list[tuple[str, str]], code: str) -> None:
    raw = [(name.encode(), value.encode()) for name, value in headers]
    with pytest.raises(Refused) as raised:
        await Authenticator(issuer.verifier()).authenticate(Headers(raw=raw))
    assert (raised.value.status, raised.value.code) == (401, code)
