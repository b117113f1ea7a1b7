"""OAuth 1.0a by HMAC-SHA1: X's user tokens that don't end. Source: RFC 5849; X, "Creating a signature"."""

import base64
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote


@dataclass(frozen=True, slots=True)
class Keys:
    consumer_key: str
    consumer_secret: str = field(repr=False)
    token: str = field(repr=False)
    token_secret: str = field(repr=False)


def authorization(
    method: str, url: str, keys: Keys, nonce: str, now: datetime, query: Mapping[str, str] | None = None
) -> str:
    """The header. `url` is without its query, which is signed; of a JSON body nothing is."""
    fields = {
        "oauth_consumer_key": keys.consumer_key,
        "oauth_nonce": nonce,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(int(now.timestamp())),
        "oauth_token": keys.token,
        "oauth_version": "1.0",
    }
    fields["oauth_signature"] = signature(method, url, {**(query or {}), **fields}, keys)
    return "OAuth " + ", ".join(f'{name}="{_quoted(value)}"' for name, value in sorted(fields.items()))


def signature(method: str, url: str, fields: Mapping[str, str], keys: Keys) -> str:
    pairs = sorted((_quoted(name), _quoted(value)) for name, value in fields.items())
    parameters = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join((method, _quoted(url), _quoted(parameters)))
    key = f"{_quoted(keys.consumer_secret)}&{_quoted(keys.token_secret)}"
    return base64.b64encode(hmac.digest(key.encode(), base.encode(), "sha1")).decode()


def _quoted(text: str) -> str:
    return quote(text, safe="~-._")
