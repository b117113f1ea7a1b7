"""RSA PKCS#1 v1.5 over lines of names and values, SHA-1 (version 1) or SHA-256 (version 2), of one of our topics.

The certificate comes from an address of SNS itself, over TLS: that is what makes it Amazon's. Everybody's topics are signed alike, so
only those count that the account names.
"""

import base64
import binascii
from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import load_pem_x509_certificate

from ingest.channels.ses.envelope import NOTIFICATION, certificate_url, envelope_of
from ingest.domain.shape import Json, text
from ingest.domain.webhook import Webhook

_NOTIFICATION: Final = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_CONFIRMATION: Final = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    """`secrets`: ARNs of our topics, several in one value by commas. SNS repeats for days what is not answered: no time window."""
    envelope = envelope_of(webhook)
    known = {topic.strip() for secret in secrets for topic in secret.split(",")}
    url = certificate_url(envelope)
    key = _public_key(webhook.documents.get(url, b"")) if url else None
    return key is not None and _is_signed(envelope, key) and text(envelope, "TopicArn") in known


def documents(webhook: Webhook) -> tuple[str, ...]:
    url = certificate_url(envelope_of(webhook))
    return (url,) if url else ()


@lru_cache(maxsize=64)
def _public_key(pem: bytes) -> RSAPublicKey | None:
    try:
        key = load_pem_x509_certificate(pem).public_key()
    except ValueError:
        return None
    return key if isinstance(key, RSAPublicKey) else None


def _is_signed(envelope: Json, key: RSAPublicKey) -> bool:
    try:
        signature = base64.b64decode(text(envelope, "Signature") or "", validate=True)
        key.verify(signature, signed_text(envelope).encode("utf-8", "replace"), PKCS1v15(), _algorithm(envelope))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _algorithm(envelope: Json) -> HashAlgorithm:
    match envelope.get("SignatureVersion"):
        case "1":
            return SHA1()  # noqa: S303  # Amazon's version 1
        case "2":
            return SHA256()
    raise ValueError("a version of the signature that nobody documented")


def signed_text(envelope: Json) -> str:
    names = _NOTIFICATION if envelope.get("Type") == NOTIFICATION else _CONFIRMATION
    found = [(name, envelope.get(name)) for name in names]
    return "".join(f"{name}\n{value}\n" for name, value in found if isinstance(value, str))
