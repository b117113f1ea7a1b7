"""Content to Amazon SES v2, as the whole mail. Source: SES API v2 reference, "SendEmail"."""

import base64
import re
from typing import Any, Final
from urllib.parse import urlsplit

from notifier.channels.mail.capability import mail_capability
from notifier.channels.mail.compose import Mail, compose
from notifier.channels.mail.mime import as_bytes
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json
from notifier.domain.capability import Bucket
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome
from runtime.aws_signature import Credentials, amz_date, authorization

PATH: Final = "/v2/email/outbound-emails"
_REGION: Final = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d")

CAPABILITY: Final = mail_capability(
    "ses", "", Repeat.NEVER, "none: SES gives every mail a new Message-ID", Bucket(rate=14, burst=14), receipts=True
)


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    """Options: `region`, `endpoint` (else that of the region), `configuration_set` (which publishes the events)."""
    key_id, secret = sender.secret("access_key_id"), sender.secret("secret_access_key")
    region = sender.options.get("region", "us-east-1")
    if key_id is None or secret is None or _REGION.fullmatch(region) is None:
        return broken(f"the SES account '{sender.id}' lacks 'access_key_id', 'secret_access_key' or a region")
    mail = compose(message, sender)
    if isinstance(mail, Outcome):
        return mail
    url = sender.options.get("endpoint", f"https://email.{region}.amazonaws.com").rstrip("/") + PATH
    body = encode_json(_body(mail, as_bytes(mail, message.requested_at), sender))
    signed = {"Content-Type": "application/json", "X-Amz-Date": amz_date(message.now)}
    proof = authorization(
        Credentials(key_id, secret, region, "ses"),
        "POST",
        urlsplit(url).path,
        {**signed, "Host": urlsplit(url).netloc},
        body,
        message.now,
    )
    return (ProviderRequest(url, Method.PUSH, Repeat.NEVER, {**signed, "Authorization": proof}, body),)


def _body(mail: Mail, source: bytes, sender: Sender) -> dict[str, Any]:
    body: dict[str, Any] = {
        "FromEmailAddress": mail.sender,
        "Destination": {"ToAddresses": [mail.recipient]},
        "Content": {"Raw": {"Data": base64.b64encode(source).decode("ascii")}},
    }
    chosen = sender.options.get("configuration_set")
    return body | ({"ConfigurationSetName": chosen} if chosen else {})
