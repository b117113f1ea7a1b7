"""The token in Reply-To: `support+TOKEN@…`. It names the case, and ingest believes it (`ingest.domain.mail.reply_token` says its form)."""

import base64
import hmac
from typing import Final
from uuid import UUID

_PROOF_BYTES: Final = 10


def with_token(address: str, case: UUID, secret: str) -> str:
    local, _, domain = address.rpartition("@")
    proof = hmac.digest(secret.encode(), b"reply:" + case.bytes, "sha256")[:_PROOF_BYTES]
    token = base64.b32encode(case.bytes + proof).decode("ascii").rstrip("=").lower()
    return f"{local}+{token}@{domain}"
