"""Mailboxes asked by IMAP. What was taken is marked in the mailbox itself, by a keyword (or as seen where the server knows no keywords),
so nothing is remembered here; a mail taken twice has the same ids.
"""

import asyncio
import contextlib
import imaplib
import ssl
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from imap_tools import AND, NOT, BaseMailBox, MailBox, MailboxLoginError, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from contracts.config import TenantConfig
from ingest.handlers.accept_mail import Arrived, MailAccount, accept_mail, mail_accounts
from ingest.handlers.reception import Reception
from runtime import logging
from runtime.errors import DependencyDown, Failure, Refused

TAKEN: Final = "$MadoguchiTaken"
SEEN: Final = "\\Seen"
BATCH: Final = 50
TIMEOUT_SECONDS: Final = 30.0
_PORTS: Final = {"tls": 993, "starttls": 143, "none": 143}
_GONE: Final = (ImapToolsError, imaplib.IMAP4.error, OSError, EOFError)
_log = logging.get("ingest.imap")


@dataclass(frozen=True, slots=True)
class Mailbox:
    host: str
    port: int
    security: str
    username: str
    folder: str
    password: str = field(repr=False)


class ImapPoller:
    """`run` until cancelled. Accounts are those with the option `imap_host`."""

    def __init__(
        self, reception: Reception, tenants: Callable[[], Iterable[TenantConfig]], every_seconds: float
    ) -> None:
        self._reception = reception
        self._tenants = tenants
        self._every_seconds = every_seconds

    async def run(self) -> None:
        while True:
            await self.round()
            await asyncio.sleep(self._every_seconds)

    async def round(self) -> int:
        """All mailboxes once, side by side. Returns how many mails were taken."""
        accounts = [one for one in mail_accounts(tuple(self._tenants())) if one.account.options.get("imap_host")]
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._safely(one)) for one in accounts]
        return sum(task.result() for task in tasks)

    async def _safely(self, mailbox: MailAccount) -> int:
        """A mailbox that is away or wrongly configured is asked again next time; it holds back no other."""
        try:
            return await self._empty(mailbox)
        except Failure as failure:
            told = {"account": mailbox.account.id, "code": failure.code, "sentence": failure.sentence}
            _log.warning("a mailbox can't be read now", extra=told)
            return 0

    async def _empty(self, mailbox: MailAccount) -> int:
        place = self._place(mailbox)
        taken = 0
        while True:
            found = await asyncio.to_thread(_fetch, place)
            done = [uid for uid, source in found if await self._take(mailbox, source)]
            if done:
                await asyncio.to_thread(_mark, place, done)
            taken += len(done)
            if len(found) < BATCH or len(done) < len(found):
                return taken

    async def _take(self, mailbox: MailAccount, source: bytes) -> bool:
        """A mail that is refused for good stays unmarked and is told of: somebody has to look at it."""
        try:
            await accept_mail(mailbox, Arrived(source), self._reception)
        except Refused as refused:
            _log.error("a mail was refused", extra={"account": mailbox.account.id, "code": refused.code})
            return False
        return True

    def _place(self, mailbox: MailAccount) -> Mailbox:
        options, account = mailbox.account.options, mailbox.account
        security = options.get("imap_security", "tls")
        port = options.get("imap_port", str(_PORTS.get(security, "")))
        if security not in _PORTS or not port.isdigit():
            raise Refused(
                "mailbox_wrong", "The options 'imap_security' or 'imap_port' name nothing possible.", status=422
            )
        passwords = self._reception.secrets.live(mailbox.tenant, account, "imap_password")
        username = options.get("imap_username") or account.external_id or ""
        return Mailbox(
            options["imap_host"], int(port), security, username, options.get("imap_folder", "INBOX"), passwords[0]
        )


@contextmanager
def _open(place: Mailbox) -> Iterator[BaseMailBox]:
    """Raises DependencyDown."""
    try:
        box = _client(place)
        try:
            yield box.login(place.username, place.password, place.folder)
        finally:
            _leave(box)
    except MailboxLoginError as error:
        raise DependencyDown("the mailbox refuses our name or password") from error
    except _GONE as error:
        raise DependencyDown(f"the mailbox can't be reached: {type(error).__name__}") from error


def _leave(box: BaseMailBox) -> None:
    """After a refused login the connection would stay open."""
    with contextlib.suppress(*_GONE):
        box.logout()
    with contextlib.suppress(OSError):
        box.client.shutdown()


def _client(place: Mailbox) -> BaseMailBox:
    if place.security == "none":
        return MailBoxUnencrypted(place.host, place.port, TIMEOUT_SECONDS)
    context = ssl.create_default_context()
    if place.security == "starttls":
        return MailBoxStartTls(place.host, place.port, TIMEOUT_SECONDS, context)
    return MailBox(place.host, place.port, TIMEOUT_SECONDS, ssl_context=context)


def _fetch(place: Mailbox) -> list[tuple[str, bytes]]:
    """The oldest that are not marked. BODY.PEEK[]: reading marks nothing."""
    with _open(place) as box:
        wanted = NOT(keyword=TAKEN) if _mark_of(box) == TAKEN else AND(seen=False)
        uids = box.uids(wanted)[:BATCH]
        return [(uid, source) for uid in uids if (source := _source(box, uid)) is not None]


def _source(box: BaseMailBox, uid: str) -> bytes | None:
    """None where somebody took it away meanwhile."""
    _, found = box.client.uid("fetch", uid, "(BODY.PEEK[])")
    return next((part[1] for part in found if isinstance(part, tuple) and isinstance(part[1], bytes)), None)


def _mark(place: Mailbox, uids: list[str]) -> None:
    with _open(place) as box:
        box.flag(uids, _mark_of(box), True)


def _mark_of(box: BaseMailBox) -> str:
    """Keywords of our own are possible where the folder says `\\*`."""
    _, told = box.client.response("PERMANENTFLAGS")
    return TAKEN if any(one is not None and b"\\*" in one for one in told or ()) else SEEN
