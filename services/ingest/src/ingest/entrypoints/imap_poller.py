"""Mailboxes asked by IMAP, and listened to where the server has IDLE. What was taken is marked in the mailbox itself, by a keyword
(or as seen where the server knows no keywords), so nothing is remembered here; a mail taken twice has the same ids.
"""

import asyncio
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeVar, TypeVarTuple, Unpack

from contracts.config import TenantConfig
from ingest.entrypoints.imap_box import BATCH, Mailbox, fetch, mark, wait_for_news
from ingest.handlers.accept_mail import Arrived, MailAccount, accept_mail, mail_accounts
from ingest.handlers.reception import Reception
from runtime import logging
from runtime.errors import Failure, Refused

_PORTS: Final = {"tls": 993, "starttls": 143, "none": 143}
MAX_MAILBOXES: Final = 256
"""One thread listens to one mailbox; further ones wait for their turn."""

Given = TypeVarTuple("Given")
Result = TypeVar("Result")
_log = logging.get("ingest.imap")


@dataclass(frozen=True, slots=True)
class Visit:
    """How many mails were taken, and how many nobody could take."""

    taken: int
    left: int


class ImapPoller:
    """`run` until cancelled. Accounts are those with the option `imap_host`; `every_seconds` is how often a server without IDLE, and
    one that is away, is asked.
    """

    def __init__(
        self, reception: Reception, tenants: Callable[[], Iterable[TenantConfig]], every_seconds: float
    ) -> None:
        self._reception = reception
        self._tenants = tenants
        self._every_seconds = every_seconds
        self._stop = threading.Event()
        self._threads = ThreadPoolExecutor(MAX_MAILBOXES, "imap")

    async def run(self) -> None:
        """One loop for each mailbox, as the configuration says at the moment."""
        loops: dict[str, asyncio.Task[None]] = {}
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    for name in self._mailboxes().keys() - loops.keys():
                        loops[name] = group.create_task(self._keep(name))
                    loops = {name: task for name, task in loops.items() if not task.done()}
                    await asyncio.sleep(self._every_seconds)
        finally:
            self._stop.set()
            self._threads.shutdown(wait=False)

    async def _keep(self, name: str) -> None:
        while (mailbox := self._mailboxes().get(name)) is not None:
            if not await self._listened(mailbox, await self.visit(mailbox)):
                await asyncio.sleep(self._every_seconds)

    def _mailboxes(self) -> dict[str, MailAccount]:
        found = mail_accounts(tuple(self._tenants()))
        return {f"{one.tenant.tenant}/{one.account.id}": one for one in found if one.account.options.get("imap_host")}

    async def visit(self, mailbox: MailAccount) -> Visit | None:
        """None: it is away or wrongly configured, and is asked again next time; it holds back no other."""
        try:
            return await self._empty(mailbox)
        except Failure as failure:
            self._tell(mailbox, failure)
            return None

    async def _listened(self, mailbox: MailAccount, visit: Visit | None) -> bool:
        """False where it has to be asked again after a while: also while a mail lies there that nobody could take."""
        if visit is None or visit.left or self._stop.is_set():
            return False
        try:
            return await self._blocking(wait_for_news, self._place(mailbox), self._stop)
        except Failure as failure:
            self._tell(mailbox, failure)
            return False

    async def _blocking(self, work: Callable[[Unpack[Given]], Result], *given: *Given) -> Result:
        """In a thread of our own: those that listen would use up everybody's."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    def _tell(self, mailbox: MailAccount, failure: Failure) -> None:
        told = {"account": mailbox.account.id, "code": failure.code, "sentence": failure.sentence}
        _log.warning("a mailbox can't be read now", extra=told)

    async def _empty(self, mailbox: MailAccount) -> Visit:
        place = self._place(mailbox)
        taken = 0
        while True:
            found = await self._blocking(fetch, place)
            done = [uid for uid, source in found if await self._take(mailbox, source)]
            if done:
                await self._blocking(mark, place, done)
            taken += len(done)
            if len(found) < BATCH or len(done) < len(found):
                return Visit(taken, len(found) - len(done))

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
