"""The token in the address that customers answer to: `support+TOKEN@…`. It names a case and proves that we sent it there.

The notifier makes it (`notifier.channels.mail.reply_token`): 16 bytes of the case's id and 10 of HMAC-SHA256(secret, "reply:" + id), in
lower-case base32, because mail systems change the case of addresses.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable, Sequence
from typing import Final
from uuid import UUID

_TOKEN: Final = re.compile(r"\+(?:[^+@]*\+)?([a-z2-7]{42})@", re.IGNORECASE)
_PROOF_BYTES: Final = 10
REFERENCE: Final = "madoguchi:case:"
"""A reference of ours: no message id looks like it, because those have angle brackets."""


def case_references(recipients: Iterable[str], secrets: Sequence[str]) -> list[str]:
    """`madoguchi:case:<uuid>` for every address with a token of ours."""
    found = (proven(token, secrets) for address in recipients for token in _TOKEN.findall(address))
    return list(dict.fromkeys(f"{REFERENCE}{case}" for case in found if case is not None))


def proven(token: str, secrets: Sequence[str]) -> UUID | None:
    try:
        raw = base64.b32decode(token.upper() + "=" * (-len(token) % 8))
    except (binascii.Error, ValueError):
        return None
    case, proof = raw[:16], raw[16:]
    if len(proof) != _PROOF_BYTES:
        return None
    good = [hmac.compare_digest(_proof(secret, case), proof) for secret in secrets]
    return UUID(bytes=case) if any(good) else None


def without_token(address: str) -> str:
    return _TOKEN.sub("@", address)


def _proof(secret: str, case: bytes) -> bytes:
    return hmac.digest(secret.encode(), b"reply:" + case, "sha256")[:_PROOF_BYTES]
