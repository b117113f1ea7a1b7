"""Content to Mailgun's messages API, as a form. Source: Mailgun API reference, "Send an email"."""

import base64
from typing import Final
from urllib.parse import quote, urlencode

from notifier.channels.mail.capability import mail_capability
from notifier.channels.mail.compose import Mail, compose
from notifier.channels.multipart import multipart
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken
from notifier.domain.capability import Bucket
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

CAPABILITY: Final = mail_capability(
    "mailgun",
    "https://api.mailgun.net",
    Repeat.SAFE,
    "Message-Id, kept by Mailgun",
    Bucket(rate=50, burst=50),
    receipts=True,
)


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    """Option `domain`: the sending domain, else that of our address."""
    key = sender.secret("api_key")
    if key is None:
        return broken(f"the Mailgun account '{sender.id}' has no secret 'api_key'")
    mail = compose(message, sender)
    if isinstance(mail, Outcome):
        return mail
    domain = sender.options.get("domain") or mail.sender.rpartition("@")[2]
    credentials = base64.b64encode(f"api:{key}".encode()).decode("ascii")
    headers = {"Authorization": f"Basic {credentials}", "Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode(_fields(mail)).encode()
    if mail.files:
        attached = (("attachment", file) for file in mail.files)
        body, headers["Content-Type"] = multipart(mail.key, _fields(mail), attached)
    return (ProviderRequest(f"/v3/{quote(domain, safe='')}/messages", Method.PUSH, Repeat.SAFE, headers, body),)


def _fields(mail: Mail) -> dict[str, str]:
    fields = {
        "from": mail.mailbox,
        "to": mail.recipient,
        "subject": mail.subject,
        "text": mail.text,
        "html": mail.html,
        "h:Message-Id": mail.message_id,
        **{f"h:{name}": value for name, value in mail.headers().items()},
    }
    return fields | ({"h:Reply-To": mail.reply_to} if mail.reply_to else {})
