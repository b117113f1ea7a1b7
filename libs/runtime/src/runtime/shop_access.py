"""How an account proves to a shop of apps who it is; both who reads reviews and who answers them need it.

Google, "Using OAuth 2.0 for Server to Server Applications" (RFC 7523); App Store Connect API, "Generating tokens for API requests".
"""

import json
from datetime import datetime
from typing import Any, Final

from runtime.client_jwt import signed_claims
from runtime.errors import Failure

PLAY_SCOPE: Final = "https://www.googleapis.com/auth/androidpublisher"
_AUDIENCE: Final = "https://oauth2.googleapis.com/token"
_GRANT: Final = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_APP_STORE_SECONDS: Final = 600
"""Apple takes at most 20 minutes."""


def play_token_form(service_account: str, now: datetime) -> dict[str, str]:
    """To POST to /token: an assertion good for an hour. `service_account` is the JSON of its key. Raises Failure."""
    key = _service_account(service_account)
    issued = int(now.timestamp())
    claims = {"iss": key["client_email"], "scope": PLAY_SCOPE, "aud": _AUDIENCE, "iat": issued, "exp": issued + 3600}
    header = {"kid": key["private_key_id"]} if isinstance(key.get("private_key_id"), str) else {}
    return {"grant_type": _GRANT, "assertion": signed_claims(key["private_key"], "RS256", claims, header)}


def app_store_token(private_key: str | None, issuer: str | None, key_id: str | None, now: datetime) -> str:
    """Raises Failure where one of them is missing or no key."""
    if not private_key or not issuer or not key_id:
        raise Failure("the account lacks its secret private_key or its options issuer_id and key_id")
    issued = int(now.timestamp())
    claims = {"iss": issuer, "iat": issued, "exp": issued + _APP_STORE_SECONDS, "aud": "appstoreconnect-v1"}
    return signed_claims(private_key, "ES256", claims, {"kid": key_id, "typ": "JWT"})


def _service_account(secret: str) -> dict[str, Any]:
    try:
        key = json.loads(secret)
    except (ValueError, RecursionError):
        key = None
    names = ("client_email", "private_key")
    if not isinstance(key, dict) or not all(isinstance(key.get(name), str) for name in names):
        raise Failure("the secret service_account is not the JSON of a service account's key")
    return key
