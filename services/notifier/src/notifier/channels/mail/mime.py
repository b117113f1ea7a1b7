"""A mail as RFC 5322 wants it: the same bytes in every attempt."""

from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from notifier.channels.mail.compose import Mail


def as_bytes(mail: Mail, written_at: datetime) -> bytes:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(mail.sender_name, addr_spec=mail.sender)
    message["To"] = Address(addr_spec=mail.recipient)
    if mail.reply_to:
        message["Reply-To"] = Address(addr_spec=mail.reply_to)
    message["Subject"] = mail.subject
    message["Date"] = format_datetime(written_at)
    message["Message-ID"] = mail.message_id
    for name, value in mail.headers().items():
        message[name] = value
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    message.set_boundary(f"=_{mail.key.hex}")
    for file in mail.files:
        maintype, _, subtype = file.mime.partition("/")
        message.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.name)
    if mail.files:
        message.set_boundary(f"=_{mail.key.hex}+")
    return message.as_bytes()
