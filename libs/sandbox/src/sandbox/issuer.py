"""The development token issuer: access tokens for the local stack, and for nothing else."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from joserfc import jwt
from pydantic import BaseModel, ConfigDict, Field

from sandbox.issuer_keys import SigningKey, algorithm, public_jwks
from sandbox.settings import SandboxSettings, is_loopback
from sandbox.wire import Clock, Json

LOCAL_STACKS = ("embedded", "containers")
MAX_TTL_SECONDS = 12 * 60 * 60

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Scope = Annotated[str, Field(max_length=100, pattern=r"^[\x21\x23-\x5b\x5d-\x7e]+$")]


class OutsideLocalStack(Exception):
    """The message is one sentence for the operator."""


class TokenRequest(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    tenant: Name
    subject: Name
    scopes: tuple[Scope, ...] = Field(min_length=1, max_length=100)
    ttl_seconds: Annotated[int, Field(ge=1, le=MAX_TTL_SECONDS)] = 3600
    agent_id: Name | None = None


def refuse_outside_local_stack(settings: SandboxSettings) -> None:
    if settings.stack not in LOCAL_STACKS:
        raise OutsideLocalStack(
            "The sandbox issues development tokens and starts only in a local stack: set MADOGUCHI_SANDBOX_STACK "
            f"to one of {', '.join(LOCAL_STACKS)} (it is {settings.stack!r})."
        )
    if not is_loopback(settings.host):
        raise OutsideLocalStack(
            f"The sandbox issues development tokens and binds loopback only: {settings.host!r} is not loopback."
        )


def issue(request: TokenRequest, *, key: SigningKey, issuer: str, audience: str, now: datetime) -> str:
    """A signed access token. The command line calls this with the key from `load_key`."""
    issued_at = int(now.timestamp())
    claims: Json = {
        "iss": issuer,
        "aud": audience,
        "sub": request.subject,
        "iat": issued_at,
        "nbf": issued_at,
        "exp": issued_at + request.ttl_seconds,
        "scope": " ".join(request.scopes),
        "tenant": request.tenant,
    }
    if request.agent_id is not None:
        claims["agent_id"] = request.agent_id
    name = algorithm(key)
    return jwt.encode({"alg": name, "typ": "at+jwt", "kid": key.kid}, claims, key, algorithms=[name])


@dataclass(frozen=True, slots=True)
class Issuer:
    url: str
    audience: str
    key: SigningKey
    clock: Clock

    def token(self, request: TokenRequest) -> Json:
        token = issue(request, key=self.key, issuer=self.url, audience=self.audience, now=self.clock.now())
        return {
            "access_token": token,
            "token_type": "Bearer",
            "expires_in": request.ttl_seconds,
            "scope": " ".join(request.scopes),
        }

    def jwks(self) -> Json:
        return public_jwks(self.key)

    def configuration(self) -> Json:
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/jwks.json",
            "token_endpoint": f"{self.url}/token",
            "id_token_signing_alg_values_supported": [algorithm(self.key)],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
        }
