"""Tokens by which we prove to a provider who we are (RFC 7523 assertions, App Store Connect)."""

from collections.abc import Mapping
from typing import Any, Literal

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import import_key

from runtime.errors import Failure

_KEY_TYPES: dict[str, Literal["RSA", "EC"]] = {"RS256": "RSA", "ES256": "EC"}


def signed_claims(
    private_key: str, algorithm: Literal["RS256", "ES256"], claims: Mapping[str, Any], header: Mapping[str, str]
) -> str:
    """`private_key` is PEM. Raises Failure for what is no private key of the algorithm; the sentence has nothing of it."""
    try:
        key = import_key(private_key, _KEY_TYPES[algorithm])
        return jwt.encode({"alg": algorithm, **header}, dict(claims), key, algorithms=[algorithm])
    except (JoseError, ValueError, TypeError) as error:
        raise Failure(f"the secret is no private key for {algorithm}: {type(error).__name__}") from None
