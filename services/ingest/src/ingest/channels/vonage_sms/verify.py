"""Two proofs, by what the request brings.

SMS API: `sig` over `&name=value` of all other parameters by name, `&` and `=` in values as `_`: hex of HMAC-MD5, -SHA1, -SHA256 or
-SHA512 by the account's setting (as in vonage-http-client 1.5, `Auth.sign_params`), or, the setting's oldest choice, of MD5(parameters +
secret). Messages API: a JWT (HS256) whose `payload_hash` is the body's SHA-256; vonage-jwt 1.1 leaves that claim unchecked.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from ingest.channels.vonage_sms.request import parameters
from ingest.domain.shape import Unreadable
from ingest.domain.signature import digest, matches
from ingest.domain.webhook import Webhook

TOLERANCE_SECONDS = 300
RETRIES_SECONDS = 24 * 3600
"""Vonage tries again for a day with what it once signed: a narrower window would lose what an outage of ours held up."""

_ALGORITHMS = {32: "md5", 40: "sha1", 64: "sha256", 128: "sha512"}


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    scheme, _, token = webhook.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _by_token(webhook, token.strip(), secrets)
    try:
        given = parameters(webhook)
    except Unreadable:
        return False
    return _by_signature(given, secrets, webhook.received_at)


def _by_signature(given: Mapping[str, Any], secrets: Sequence[str], now: datetime) -> bool:
    sig = str(given.get("sig", "")).lower()
    algorithm = _ALGORITHMS.get(len(sig))
    if algorithm is None:
        return False
    signed = "".join(f"&{name}={_plain(given[name])}" for name in sorted(given) if name != "sig").encode(
        "utf-8", "replace"
    )
    expected = [one for secret in secrets for one in _signatures(secret.encode("utf-8", "replace"), signed, algorithm)]
    return matches(sig, expected) and _is_fresh(str(given.get("timestamp", "")), now)


def _signatures(secret: bytes, signed: bytes, algorithm: str) -> Iterator[bytes]:
    yield digest(secret, signed, algorithm).hex().encode()
    if algorithm == "md5":
        yield hashlib.md5(signed + secret, usedforsecurity=False).hexdigest().encode()


def _plain(value: object) -> str:
    return str(value).replace("&", "_").replace("=", "_")


def _is_fresh(timestamp: str, now: datetime) -> bool:
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return -TOLERANCE_SECONDS <= now.timestamp() - int(timestamp) <= RETRIES_SECONDS + TOLERANCE_SECONDS


def _by_token(webhook: Webhook, token: str, secrets: Sequence[str]) -> bool:
    signed, _, signature = token.rpartition(".")
    header, _, claims = signed.partition(".")
    expected = [_encode(digest(secret.encode("utf-8", "replace"), signed.encode())) for secret in secrets]
    if not matches(signature, expected) or _decode(header).get("alg") != "HS256":
        return False
    told = _decode(claims)
    own = hashlib.sha256(webhook.body).hexdigest().encode()
    whole = matches(str(told.get("payload_hash", "")).lower(), [own]) if webhook.body else True
    return whole and _is_fresh(str(told.get("iat", "")), webhook.received_at) and _lives(told, webhook.received_at)


def _lives(claims: Mapping[str, Any], now: datetime) -> bool:
    end = claims.get("exp")
    return end is None or (isinstance(end, int | float) and now.timestamp() <= end + TOLERANCE_SECONDS)


def _encode(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


def _decode(part: str) -> Mapping[str, Any]:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
