"""A mail that a receipt rule put into S3: fetched from there with the account's own keys, signed as AWS wants it.

Source: SES documentation, "Deliver to S3 bucket action"; S3 API reference, "GetObject", "Authenticating requests".
"""

import hashlib
import re
from typing import Final
from urllib.parse import quote, urlsplit

from ingest.channels.ses.envelope import NOTIFICATION, envelope_of
from ingest.domain.shape import Json, Unreadable, mapping, optional_part, read_json, text
from ingest.domain.webhook import Webhook
from ingest.handlers.ports import MediaRequest
from runtime.aws_signature import Credentials, amz_date, authorization

KEY_SECRETS: Final = ("access_key_id", "secret_access_key")
_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")
_BUCKET: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]")


def fetches(webhook: Webhook) -> tuple[MediaRequest, ...]:
    """Nothing without the secrets `access_key_id` and `secret_access_key`: then the mail is filed by its headers."""
    envelope = envelope_of(webhook)
    url = stored_at(webhook, envelope, _message(envelope)) if envelope.get("Type") == NOTIFICATION else None
    key_id, secret = (next(iter(webhook.secrets.get(name, ())), "") for name in KEY_SECRETS)
    if url is None or not key_id or not secret:
        return ()
    parts = urlsplit(url)
    signed = {
        "Host": parts.netloc,
        "X-Amz-Date": amz_date(webhook.received_at),
        "X-Amz-Content-Sha256": hashlib.sha256(b"").hexdigest(),
    }
    keys = Credentials(key_id, secret, _region(webhook, envelope), "s3")
    proof = authorization(keys, "GET", _path(_message(envelope)), signed, b"", webhook.received_at)
    return (MediaRequest(url, {**signed, "Authorization": proof}),)


def stored_at(webhook: Webhook, envelope: Json, message: Json) -> str | None:
    """Options: `s3_endpoint` (else Amazon's of the region), `region` (else the topic's)."""
    region, path = _region(webhook, envelope), _path(message)
    if not path or _REGION.fullmatch(region) is None:
        return None
    suffix = ".cn" if region.startswith("cn-") else ""
    endpoint = webhook.account.options.get("s3_endpoint") or f"https://s3.{region}.amazonaws.com{suffix}"
    return endpoint.rstrip("/") + quote(path)


def _message(envelope: Json) -> Json:
    try:
        return mapping(read_json((text(envelope, "Message") or "").encode()), "Message")
    except Unreadable:
        return {}


def _path(message: Json) -> str:
    """Of the bucket and the object in it; "" where the mail is in no bucket."""
    action = optional_part(optional_part(message, "receipt"), "action")
    bucket, key = text(action, "bucketName") or "", text(action, "objectKey") or ""
    is_there = text(action, "type") == "S3" and _BUCKET.fullmatch(bucket) is not None and ".." not in key.split("/")
    return f"/{bucket}/{key}" if is_there and key else ""


def _region(webhook: Webhook, envelope: Json) -> str:
    topic = (text(envelope, "TopicArn") or "").split(":")
    return webhook.account.options.get("region") or (topic[3] if len(topic) > 3 else "")
