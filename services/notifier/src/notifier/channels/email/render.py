"""A mail for our own relay, by SMTP. Options of the account: `host`, `port`, `security` (starttls, tls, none), `username`."""

from typing import Final

from notifier.channels.mail.compose import compose
from notifier.channels.mail.mime import as_bytes
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

PORTS: Final = {"starttls": "587", "tls": "465", "none": "25"}


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    security = sender.options.get("security", "starttls")
    host, port = sender.options.get("host"), sender.options.get("port") or PORTS.get(security, "")
    if not host or not port.isdigit() or security not in PORTS:
        return broken(f"the mail account '{sender.id}' names no relay (options 'host', 'port', 'security')")
    mail = compose(message, sender)
    if isinstance(mail, Outcome):
        return mail
    headers = {
        "mail-from": sender.options.get("bounce_address") or mail.sender,
        "rcpt-to": mail.recipient,
        "message-id": mail.message_id,
        "security": security,
        "username": sender.options.get("username", ""),
        "password": sender.secret("smtp_password") or "",
    }
    body = as_bytes(mail, message.requested_at)
    return (ProviderRequest(f"smtp://{host}:{port}", Method.PUSH, Repeat.SAFE, headers, body, "MAIL"),)
