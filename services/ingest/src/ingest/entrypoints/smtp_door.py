"""Mail by SMTP, from the mail server in front of us: 250 only once the broker has what it became.

A recipient is an account's address, with or without a token of ours. Spam, TLS from the outside and DKIM are that server's work.
"""

from collections.abc import Callable, Iterable
from typing import Final

from aiosmtpd.smtp import SMTP, Envelope, Session

from contracts.config import ChannelAccount, TenantConfig
from ingest.domain.mail.headers import bare
from ingest.domain.mail.reply_token import without_token
from ingest.handlers.accept_mail import Arrived, MailAccount, accept_mail, mail_accounts
from ingest.handlers.ports import MAIL_BODY_BYTES
from ingest.handlers.reception import Reception
from runtime import logging
from runtime.errors import Failure, Refused

MAX_RECIPIENTS: Final = 100
_log = logging.get("ingest.smtp")


class MailDoor:
    """The names of the methods are aiosmtpd's."""

    def __init__(self, reception: Reception, tenants: Callable[[], Iterable[TenantConfig]]) -> None:
        self._reception = reception
        self._tenants = tenants

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        if self._mailbox(address) is None:
            return "550 5.1.1 There is no such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        source = envelope.content if isinstance(envelope.content, bytes) else b""
        found: dict[str, tuple[MailAccount, list[str]]] = {}
        for address in envelope.rcpt_tos:
            mailbox = self._mailbox(address)
            if mailbox is not None:
                found.setdefault(mailbox.account.id, (mailbox, []))[1].append(address)
        return await self._accept(source, list(found.values()))

    async def _accept(self, source: bytes, mailboxes: list[tuple[MailAccount, list[str]]]) -> str:
        """For several accounts it is all or nothing to the sender: who comes again repeats the same ids."""
        try:
            for mailbox, recipients in mailboxes:
                await accept_mail(mailbox, Arrived(source, tuple(recipients)), self._reception)
        except Refused as refused:
            return f"554 5.6.0 {refused.sentence}"
        except Failure as failure:
            _log.warning("a mail was put off", extra={"code": failure.code})
            return "451 4.3.0 Come again, nothing was kept for certain"
        return "250 2.0.0 Kept"

    def _mailbox(self, address: str) -> MailAccount | None:
        wanted = without_token(bare(address))
        accounts = mail_accounts(tuple(self._tenants()))
        return next((one for one in accounts if wanted in _addresses(one.account)), None)


def _addresses(account: ChannelAccount) -> set[str]:
    named = (account.external_id or "", *account.options.get("addresses", "").split(","))
    return {bare(one) for one in named if "@" in one}


def smtp_protocol(door: MailDoor, hostname: str) -> SMTP:
    return SMTP(door, data_size_limit=MAIL_BODY_BYTES, hostname=hostname, ident="Madoguchi", enable_SMTPUTF8=True)
