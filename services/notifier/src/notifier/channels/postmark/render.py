"""Content to Postmark's email API. Source: Postmark API reference, "Send a single email"."""

from typing import Any, Final

from notifier.channels.mail.capability import mail_capability
from notifier.channels.mail.compose import Mail, compose
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json
from notifier.domain.capability import Bucket
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

CAPABILITY: Final = mail_capability(
    "postmark",
    "https://api.postmarkapp.com",
    Repeat.SAFE,
    "Message-ID, kept by X-PM-KeepID",
    Bucket(rate=50, burst=50),
    receipts=True,
)


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    """Option `message_stream`, else Postmark's `outbound`."""
    token = sender.secret("server_token")
    if token is None:
        return broken(f"the Postmark account '{sender.id}' has no secret 'server_token'")
    mail = compose(message, sender)
    if isinstance(mail, Outcome):
        return mail
    headers = {"X-Postmark-Server-Token": token, "Content-Type": "application/json", "Accept": "application/json"}
    body = encode_json(_body(mail, sender.options.get("message_stream", "outbound")))
    return (ProviderRequest("/email", Method.PUSH, Repeat.SAFE, headers, body),)


def _body(mail: Mail, stream: str) -> dict[str, Any]:
    kept = {"Message-ID": mail.message_id, "X-PM-KeepID": "true", **mail.headers()}
    body: dict[str, Any] = {
        "From": mail.mailbox,
        "To": mail.recipient,
        "Subject": mail.subject,
        "TextBody": mail.text,
        "HtmlBody": mail.html,
        "Headers": [{"Name": name, "Value": value} for name, value in kept.items()],
        "MessageStream": stream,
    }
    if mail.files:
        body["Attachments"] = [
            {"Name": file.name, "Content": file.base64, "ContentType": file.mime} for file in mail.files
        ]
    return body | ({"ReplyTo": mail.reply_to} if mail.reply_to else {})
