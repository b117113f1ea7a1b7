"""`X-Twilio-Signature`: base64 of HMAC-SHA1(auth token, URL + every POST field as name and value, sorted).

As in twilio 9.13, `twilio.request_validator`: each value of a name once; the URL with and without its port; for a body that is no form
the URL holds `bodySHA256`, which the header then covers; with a shared key, `X-Twilio-Webhooks-Signature-Settings` says HMAC_SHA256.
Unlike there, a body that is no form is never taken without `bodySHA256`.
"""

import base64
import hashlib
from collections.abc import Iterator, Sequence
from urllib.parse import SplitResult, parse_qs, parse_qsl, urlsplit

from ingest.domain.form import MAX_FIELDS
from ingest.domain.signature import digest, matches
from ingest.domain.webhook import Webhook
from ingest.handlers.ports import FORM

_ALGORITHMS = {"HMAC_SHA1": "sha1", "HMAC_SHA256": "sha256"}
_PORTS = {"https": 443, "http": 80}


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    """Twilio signs no time: a replay is absorbed by the message's id."""
    algorithm = _ALGORITHMS.get(_algorithm(webhook.headers.get("x-twilio-webhooks-signature-settings", "")))
    fields = _signed_fields(webhook)
    if algorithm is None or fields is None:
        return False
    signed = [(url + fields).encode("utf-8", "surrogateescape") for url in _urls(webhook.url)]
    keys = [secret.encode("utf-8", "replace") for secret in secrets]
    expected = [base64.b64encode(digest(key, content, algorithm)) for key in keys for content in signed]
    return matches(webhook.headers.get("x-twilio-signature", ""), expected)


def _algorithm(settings: str) -> str:
    """`key=webhooks_sharedkey_…,algorithm=HMAC_SHA256`; without the header, that of the auth token."""
    pairs = (part.partition("=") for part in settings.split(","))
    named = (value.strip().upper() for name, _, value in pairs if name.strip() == "algorithm" and value.strip())
    return next(named, "HMAC_SHA1")


def _signed_fields(webhook: Webhook) -> str | None:
    """None: nothing that the header covers vouches for this body."""
    if not webhook.body:
        return ""
    if webhook.media_type in FORM:
        return _sorted_fields(webhook.body)
    announced = parse_qs(urlsplit(webhook.url).query).get("bodySHA256", [""])[0]
    own = hashlib.sha256(webhook.body).hexdigest().encode()
    return "" if matches(announced, [own]) else None


def _sorted_fields(body: bytes) -> str | None:
    try:
        pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return None
    return "".join(name + value for name, value in sorted(set(pairs)))


def _urls(url: str) -> Iterator[str]:
    """Twilio's own systems don't agree whether the port belongs to it."""
    parsed = urlsplit(url)
    if not parsed.hostname:
        yield url
        return
    yield _with_port(parsed, None)
    yield _with_port(parsed, parsed.port or _PORTS.get(parsed.scheme))


def _with_port(parsed: SplitResult, port: int | None) -> str:
    user, at, host = parsed.netloc.rpartition("@")
    bare = host.removesuffix(f":{parsed.port}")
    return parsed._replace(netloc=f"{user}{at}{bare}" + (f":{port}" if port else "")).geturl()
