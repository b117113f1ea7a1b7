"""The Bot Connector's token. Source: Bot Framework, "Authentication with the Bot Connector API", "Connector to Bot: step 4".

Signed RS256 by a published key that endorses the activity's channel; issuer, audience, time ±5 min, and a claim `serviceurl`
equal to the activity's `serviceUrl`. As in botframework-connector 4.17; stricter than microsoft-agents-hosting-core 1.9.
"""

import binascii
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import RSAKey
from joserfc.jws import JWSRegistry, deserialize_compact
from joserfc.util import urlsafe_b64decode

from ingest.domain.shape import Json, Unreadable, items, mapping, read_json, text
from ingest.domain.webhook import Webhook

SKEW_SECONDS: Final = 300
_MAX_TOKEN_CHARS: Final = 8192
_CLOUDS: Final = {
    "public": ("https://api.botframework.com", "https://login.botframework.com/v1/.well-known/keys"),
    "us_government": ("https://api.botframework.us", "https://login.botframework.azure.us/v1/.well-known/keys"),
    "china": ("https://api.botframework.azure.cn", "https://login.botframework.azure.cn/v1/.well-known/keys"),
}


class _Registry(JWSRegistry):
    """Room for `x5t`, `x5c` and the like in the header: they are ignored."""

    max_header_length = 4096


def documents(webhook: Webhook) -> tuple[str, ...]:
    return (_cloud(webhook)[1],)


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    audience = {webhook.account.external_id, webhook.account.options.get("app_id")} - {None, ""}
    issuer, keys_url = _cloud(webhook)
    try:
        activity = mapping(read_json(webhook.body), "the body")
        claims = _claims(webhook, webhook.documents.get(keys_url, b""), text(activity, "channelId") or "")
    except (Unreadable, JoseError, ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        return False
    return (
        claims.get("iss") == issuer
        and _one(claims.get("aud")) in audience
        and _is_now(claims, webhook.received_at)
        and _same_place(claims.get("serviceurl"), activity.get("serviceUrl"))
    )


def _cloud(webhook: Webhook) -> tuple[str, str]:
    return _CLOUDS.get(webhook.account.options.get("cloud", "public"), _CLOUDS["public"])


def _claims(webhook: Webhook, keys: bytes, channel: str) -> Json:
    """Of a token whose signature is right. Raises otherwise."""
    scheme, _, token = webhook.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or len(token) > _MAX_TOKEN_CHARS:
        raise Unreadable("no bearer token")
    header = json.loads(urlsafe_b64decode(token.partition(".")[0].encode()))
    key = _key(mapping(read_json(keys), "the key set"), mapping(header, "the header").get("kid"), channel)
    registry = _Registry(algorithms=["RS256"], strict_check_header=False)
    return mapping(
        json.loads(deserialize_compact(token.strip().encode(), key, registry=registry).payload), "the claims"
    )


def _key(keys: Json, kid: object, channel: str) -> RSAKey:
    """The key of that id, if it endorses this channel; keys without endorsements speak for every channel."""
    known = [key for key in items(keys, "keys") if isinstance(key, dict) and kid and key.get("kid") == kid]
    for key in known:
        endorsed = key.get("endorsements")
        if not endorsed or channel in endorsed:
            return RSAKey.import_key({name: key[name] for name in ("kty", "n", "e")})
    raise Unreadable("no key of this id endorses the channel")


def _one(audience: object) -> str | None:
    """A token for several audiences is for none."""
    found = audience[0] if isinstance(audience, list) and len(audience) == 1 else audience
    return found if isinstance(found, str) else None


def _is_now(claims: Json, now: datetime) -> bool:
    at = now.timestamp()
    begins, expires = _seconds(claims.get("nbf", 0)), _seconds(claims.get("exp"))
    return begins is not None and expires is not None and begins - SKEW_SECONDS <= at <= expires + SKEW_SECONDS


def _seconds(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _same_place(claimed: object, told: object) -> bool:
    return isinstance(claimed, str) and isinstance(told, str) and claimed.rstrip("/") == told.rstrip("/") != ""
