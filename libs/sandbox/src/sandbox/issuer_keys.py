"""The development issuer's signing key: made once, kept in a file so that a restart keeps it."""

import json
import os
import secrets
from pathlib import Path
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

SigningKey = ECKey | RSAKey
_KINDS: dict[str, type[ECKey] | type[RSAKey]] = {"EC": ECKey, "RSA": RSAKey}


class BadKeyFile(Exception):
    """The key file cannot be used; the message says why."""


def open_key(path: Path | None) -> SigningKey:
    """The key in the file; a new P-256 key where there is no file yet."""
    if path is None:
        return _generate()
    if not path.exists():
        _create(path, _generate())
    return load_key(path)


def load_key(path: Path) -> SigningKey:
    try:
        key = _import(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError, KeyError, JoseError) as error:
        raise BadKeyFile(f"{path}: cannot read the issuer's key ({type(error).__name__})") from error
    if not key.is_private or (isinstance(key, ECKey) and key.curve_name != "P-256"):
        raise BadKeyFile(f"{path}: the issuer's key must be a private RSA or EC P-256 key as JWK")
    key.ensure_kid()
    return key


def _import(jwk: dict[str, Any]) -> SigningKey:
    return _KINDS[jwk["kty"]].import_key(jwk)


def algorithm(key: SigningKey) -> str:
    return "ES256" if isinstance(key, ECKey) else "RS256"


def public_jwks(key: SigningKey) -> dict[str, list[dict[str, str | list[str] | None]]]:
    public: dict[str, str | list[str] | None] = {
        **key.as_dict(private=False),
        "use": "sig",
        "alg": algorithm(key),
        "kid": key.kid,
    }
    return {"keys": [public]}


def _generate() -> SigningKey:
    return ECKey.generate_key("P-256", private=True, auto_kid=True)


def _create(path: Path, key: SigningKey) -> None:
    """Whole or not at all, and the first writer wins: two starts at once end with one key."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(key.as_dict(private=True), file)
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink(missing_ok=True)
