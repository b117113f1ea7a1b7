"""Access tokens: a signed JWT of our issuer, for our audience, now."""

import binascii
import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any, Final

from joserfc.errors import (
    BadSignatureError,
    ExpiredTokenError,
    InvalidClaimError,
    JoseError,
    MissingClaimError,
    UnsupportedAlgorithmError,
)
from joserfc.jwk import Key
from joserfc.jws import JWSRegistry, deserialize_compact
from joserfc.jwt import JWTClaimsRegistry
from joserfc.util import urlsafe_b64decode
from typing_extensions import override

from runtime.errors import Refused
from runtime.jwks import JwksCache, algorithms_of
from runtime.ports import Clock
from runtime.principal import Principal

MAX_TOKEN_BYTES: Final = 8192
LEEWAY_SECONDS: Final = 30
_KNOWN_TOKENS: Final = 4096
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
_TYPES: Final = {"jwt", "at+jwt", "application/at+jwt"}


class _Registry(JWSRegistry):
    """Room for `jwk`, `jku`, `x5u`, `x5c` in the header: they are not refused, they are ignored."""

    max_header_length = 4096

    @override
    def get_alg(self, name: str) -> Any:
        """Without the warning that EdDSA is now to be called Ed25519: issuers still say EdDSA."""
        if self.allowed is None or name not in self.allowed:
            raise UnsupportedAlgorithmError(f"Algorithm of '{name}' is not allowed")
        return self.algorithms[name]


@dataclass(frozen=True, slots=True)
class _Signed:
    """What a token says that was signed with this key."""

    kid: str | None
    key: Key
    claims: dict[str, Any]


class TokenVerifier:
    """An agent sends the same token with every request, so its signature is checked once for each key set that is fetched.

    What it says is checked each time: a token that ends, or whose key the issuer withdraws, is refused as if nobody had seen it before.
    """

    def __init__(self, issuer: str, audience: str, keys: JwksCache, clock: Clock) -> None:
        self._issuer = issuer
        self._audience = audience
        self._keys = keys
        self._clock = clock
        self._known: dict[bytes, _Signed] = {}

    async def verify(self, token: str) -> Principal:
        """Raises Refused 401 with one of the token_* codes."""
        if len(token) > MAX_TOKEN_BYTES:
            raise _refused("token_malformed", f"The token is longer than {MAX_TOKEN_BYTES} bytes.")
        claims = await self._claims(token)
        self._check(claims)
        return _principal(claims)

    async def _claims(self, token: str) -> dict[str, Any]:
        digest = hashlib.sha256(token.encode()).digest()
        known = self._known.get(digest)
        if known is not None and known.key is await self._keys.key(known.kid):
            return known.claims
        signed = await self._signed(token, _header(token))
        self._known[digest] = signed
        if len(self._known) > _KNOWN_TOKENS:
            del self._known[next(iter(self._known))]
        return signed.claims

    async def _signed(self, token: str, header: dict[str, Any]) -> _Signed:
        key = await self._keys.key(header.get("kid"))
        if key is None:
            raise _refused("token_signature_invalid", "The token is signed with a key that the issuer doesn't publish.")
        allowed = algorithms_of(key)
        if header.get("alg") not in allowed:
            raise _refused("token_signature_invalid", "The token's algorithm is not the one of the issuer's key.")
        try:
            signed = deserialize_compact(token.encode(), key, registry=registry_for(allowed))
            claims = json.loads(signed.payload)
        except BadSignatureError:
            raise _refused("token_signature_invalid", "The token's signature is wrong.") from None
        except (JoseError, ValueError, RecursionError):
            raise _refused("token_malformed", "The token can't be read.") from None
        if not isinstance(claims, dict):
            raise _refused("token_malformed", "The token holds no claims.")
        return _Signed(header.get("kid"), key, claims)

    def _check(self, claims: dict[str, Any]) -> None:
        registry = JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=LEEWAY_SECONDS,
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._audience},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            registry.validate(claims)
        except ExpiredTokenError:
            raise _refused("token_expired", "The token has expired.") from None
        except InvalidClaimError as error:
            code = "token_not_yet_valid" if error.claim == "nbf" else "token_claims_invalid"
            raise _refused(code, f"The token's claim {error.claim} is not acceptable.") from None
        except MissingClaimError as error:
            raise _refused("token_claims_invalid", f"The token lacks the claim {error.claim}.") from None


def _principal(claims: dict[str, Any]) -> Principal:
    tenant, subject = claims.get("tenant"), claims["sub"]
    scope, agent = claims.get("scope", ""), claims.get("agent_id")
    if not isinstance(tenant, str) or not _NAME.fullmatch(tenant):
        raise _refused("token_claims_invalid", "The token's claim tenant is missing or not a tenant's name.")
    if not isinstance(scope, str):
        raise _refused("token_claims_invalid", "The token's claim scope is not a string of words.")
    if agent is not None and (not isinstance(agent, str) or not _NAME.fullmatch(agent)):
        raise _refused("token_claims_invalid", "The token's claim agent_id is not an agent's name.")
    return Principal(tenant, subject, frozenset(scope.split()), agent)


def _header(token: str) -> dict[str, Any]:
    try:
        header = json.loads(urlsafe_b64decode(token.split(".", 1)[0].encode()))
    except (ValueError, binascii.Error, RecursionError):
        raise _refused("token_malformed", "The token is not a JWT.") from None
    if not isinstance(header, dict) or token.count(".") != 2:
        raise _refused("token_malformed", "The token is not a JWT.")
    if "crit" in header:
        raise _refused("token_malformed", "The token's header asks for an extension that we don't know.")
    if not isinstance(header.get("kid", ""), str) or str(header.get("typ", "JWT")).lower() not in _TYPES:
        raise _refused("token_malformed", "The token's header is not one of an access token.")
    return header


def registry_for(algorithms: tuple[str, ...]) -> JWSRegistry:
    return _Registry(algorithms=algorithms, strict_check_header=False)


def _refused(code: str, sentence: str) -> Refused:
    return Refused(code, sentence, status=401)
