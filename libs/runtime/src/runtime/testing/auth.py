"""Callers for tests: a fixed one, and an issuer that signs real tokens."""

import time
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, Key
from starlette.datastructures import Headers

from runtime.auth import Authenticator
from runtime.jwks import JwksCache, algorithms_of
from runtime.jwt import TokenVerifier, registry_for
from runtime.ports import Clock
from runtime.principal import Principal

ISSUER = "https://issuer.test"
AUDIENCE = "madoguchi"


@dataclass(frozen=True, slots=True)
class FixedAuthenticator:
    """Everybody is `principal`."""

    principal: Principal

    async def authenticate(self, headers: Headers) -> Principal:
        return self.principal


def _new_key() -> Key:
    return ECKey.generate_key("P-256", {"kid": "test-1", "use": "sig"})


@dataclass
class TestIssuer:
    """Signs tokens that live 5 minutes by `clock`; `transport` answers the JWKS URL and counts how often it was asked."""

    __test__ = False
    clock: Clock
    key: Key = field(default_factory=_new_key)
    down: bool = False
    asked: int = 0

    def token(
        self, tenant: str = "acme", scope: str = "", *, header: dict[str, Any] | None = None, **claims: Any
    ) -> str:
        now = int(self.clock.now().timestamp())
        standard = {"iss": ISSUER, "aud": AUDIENCE, "sub": "user-1", "iat": now, "nbf": now, "exp": now + 300}
        algorithms = algorithms_of(self.key)
        known = {"alg": algorithms[0], "kid": self.key.kid, **(header or {})}
        held = {**standard, "tenant": tenant, "scope": scope, **claims}
        present = {name: value for name, value in held.items() if value is not None}
        return jwt.encode(known, present, self.key, registry=registry_for(algorithms))

    def headers(self, tenant: str = "acme", scope: str = "", **claims: Any) -> dict[str, str]:
        return {"authorization": f"Bearer {self.token(tenant, scope, **claims)}"}

    @property
    def transport(self) -> httpx.MockTransport:
        return httpx.MockTransport(self._answer)

    def verifier(self, monotonic: Any = time.monotonic) -> TokenVerifier:
        keys = JwksCache(f"{ISSUER}/jwks", httpx.AsyncClient(transport=self.transport), monotonic)
        return TokenVerifier(ISSUER, AUDIENCE, keys, self.clock)

    def authenticator(self) -> Authenticator:
        return Authenticator(self.verifier())

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.asked += 1
        if self.down:
            raise httpx.ConnectError("refused", request=request)
        return httpx.Response(200, json={"keys": [self.key.as_dict(private=False)]})
