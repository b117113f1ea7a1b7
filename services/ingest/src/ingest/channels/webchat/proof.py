"""Who a visitor is: anybody, or a user of the host site by its HMAC or its JWT."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from joserfc.errors import JoseError
from joserfc.jwk import Key, OctKey, import_key
from joserfc.jws import deserialize_compact
from joserfc.jwt import JWTClaimsRegistry
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ingest.channels.webchat.session import Visitor
from ingest.domain.signature import digest, matches
from ingest.domain.text import clean
from runtime.errors import Refused
from runtime.jwks import algorithms_of
from runtime.jwt import registry_for

LEEWAY_SECONDS: Final = 30
Line = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(clean)]
UserId = Annotated[str, Field(min_length=1, max_length=400)]


class Asked(BaseModel):
    """The body of `POST /webchat/{account}/sessions`. `name` is what a visitor says of themself; nobody has proved it."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)

    user_id: UserId | None = None
    user_hash: Annotated[str, Field(max_length=128)] | None = None
    user_token: Annotated[str, Field(max_length=8_192)] | None = None
    name: Line | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")] | None = None
    renew: Annotated[str, Field(max_length=4_096)] | None = None


class _Claims(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)

    sub: UserId
    name: Line | None = None
    email: Annotated[str, Field(pattern=r"^[^@\s\x00]+@[^@\s\x00]+$", max_length=320)] | None = None
    phone_number: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")] | None = None


def anonymous(asked: Asked, id: UUID) -> Visitor:
    return Visitor(f"anon:{id.hex}", asked.name, asked.language)


def by_hash(asked: Asked, secrets: Sequence[str]) -> Visitor:
    """`user_hash` is HMAC-SHA256(identity_secret, user_id) in lower-case hex. Raises Refused 401."""
    user_id = asked.user_id or ""
    signed = user_id.encode("utf-8", "replace")
    expected = [digest(secret.encode(), signed).hex().encode() for secret in secrets]
    if not user_id or not matches(asked.user_hash or "", expected):
        raise Refused("identity_unproved", "user_hash is not the HMAC of user_id.", status=401, pointer="/user_hash")
    return Visitor(f"user:{clean(user_id)}", asked.name, asked.language)


def by_token(
    asked: Asked, secrets: Sequence[str], pems: Sequence[str], options: Mapping[str, str], now: datetime
) -> Visitor:
    """The host site's JWT: `sub`, `exp`, and if it likes `name`, `email`, `phone_number`. Raises Refused 401."""
    token = asked.user_token or ""
    keys: list[tuple[Key, tuple[str, ...]]] = [(OctKey.import_key(secret), ("HS256",)) for secret in secrets]
    keys += [(key, algorithms_of(key)) for key in map(_imported, pems) if key is not None]
    claims = next((found for key, allowed in keys if (found := _signed_claims(token, key, allowed)) is not None), None)
    if claims is None:
        raise _unproved("user_token is not signed with a key of this account.")
    try:
        _registry(options, now).validate(claims)
        told = _Claims.model_validate(claims)
    except (JoseError, ValidationError):
        raise _unproved("user_token lacks a claim, or one of them is not acceptable now.") from None
    name = told.name or asked.name
    return Visitor(f"user:{clean(told.sub)}", name, asked.language, told.email, told.phone_number)


def _registry(options: Mapping[str, str], now: datetime) -> JWTClaimsRegistry:
    wanted: dict[str, Any] = {"exp": {"essential": True}, "sub": {"essential": True}}
    for claim, option in (("iss", "jwt_issuer"), ("aud", "jwt_audience")):
        if option in options:
            wanted[claim] = {"essential": True, "value": options[option]}
    return JWTClaimsRegistry(now=int(now.timestamp()), leeway=LEEWAY_SECONDS, **wanted)


def _imported(pem: str) -> Key | None:
    for kind in ("RSA", "EC", "OKP"):
        try:
            return import_key(pem, kind)
        except (JoseError, ValueError, TypeError):
            continue
    return None


def _signed_claims(token: str, key: Key, allowed: tuple[str, ...]) -> dict[str, Any] | None:
    """The key says which algorithms; the token does not get to choose."""
    try:
        claims = json.loads(deserialize_compact(token.encode(), key, registry=registry_for(allowed)).payload)
    except (JoseError, ValueError, RecursionError, TypeError):
        return None
    return claims if isinstance(claims, dict) else None


def _unproved(sentence: str) -> Refused:
    return Refused("identity_unproved", sentence, status=401, pointer="/user_token")
