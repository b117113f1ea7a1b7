"""AWS Signature Version 4. Source: IAM User Guide, "Create a signed AWS API request"."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    key_id: str
    secret: str = field(repr=False)
    region: str
    service: str


def authorization(
    credentials: Credentials, method: str, path: str, headers: Mapping[str, str], body: bytes, now: datetime
) -> str:
    """The Authorization header; `headers` are all that are signed, `x-amz-date` of `now` among them. `path` is not yet quoted."""
    lower = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    names = ";".join(sorted(lower))
    lines = "".join(f"{name}:{lower[name]}\n" for name in sorted(lower))
    canonical = f"{method}\n{quote(path)}\n\n{lines}\n{names}\n{hashlib.sha256(body).hexdigest()}"
    scope = f"{now:%Y%m%d}/{credentials.region}/{credentials.service}/aws4_request"
    to_sign = f"{_ALGORITHM}\n{amz_date(now)}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.digest(_key(credentials, now), to_sign.encode(), "sha256").hex()
    return f"{_ALGORITHM} Credential={credentials.key_id}/{scope}, SignedHeaders={names}, Signature={signature}"


def amz_date(now: datetime) -> str:
    return f"{now:%Y%m%dT%H%M%SZ}"


def _key(credentials: Credentials, now: datetime) -> bytes:
    key = f"AWS4{credentials.secret}".encode()
    for part in (f"{now:%Y%m%d}", credentials.region, credentials.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
