"""Content to SendGrid's mail send. Source: Twilio SendGrid API reference, "Mail Send v3"."""

from typing import Any, Final

from notifier.channels.mail.capability import mail_capability
from notifier.channels.mail.compose import Mail, compose
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json, json_headers
from notifier.domain.capability import Bucket
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

OUR_ID: Final = "madoguchi_message_id"
"""Comes back in every event about this mail (ingest reads it)."""

CAPABILITY: Final = mail_capability(
    "sendgrid",
    "https://api.sendgrid.com",
    Repeat.SAFE,
    "Message-ID, kept by SendGrid",
    Bucket(rate=100, burst=100),
    receipts=True,
)


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    key = sender.secret("api_key")
    if key is None:
        return broken(f"the SendGrid account '{sender.id}' has no secret 'api_key'")
    mail = compose(message, sender)
    if isinstance(mail, Outcome):
        return mail
    return (ProviderRequest("/v3/mail/send", Method.PUSH, Repeat.SAFE, json_headers(key), encode_json(_body(mail))),)


def _body(mail: Mail) -> dict[str, Any]:
    body: dict[str, Any] = {
        "personalizations": [{"to": [{"email": mail.recipient}]}],
        "from": {"email": mail.sender, **({"name": mail.sender_name} if mail.sender_name else {})},
        "subject": mail.subject,
        "content": [{"type": "text/plain", "value": mail.text}, {"type": "text/html", "value": mail.html}],
        "headers": {"Message-ID": mail.message_id, **mail.headers()},
        "custom_args": {OUR_ID: mail.message_id},
    }
    if mail.files:
        body["attachments"] = [
            {"content": file.base64, "type": file.mime, "filename": file.name, "disposition": "attachment"}
            for file in mail.files
        ]
    return body | ({"reply_to": {"email": mail.reply_to}} if mail.reply_to else {})
