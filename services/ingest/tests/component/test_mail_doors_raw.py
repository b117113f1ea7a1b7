"""Mail by real clients and servers on loopback: smtplib to our door; our poller to a real IMAP server (pymap, in memory)."""

import asyncio
import contextlib
import imaplib
import smtplib
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from contracts.config import ChannelAccount, Queue, TenantConfig
from contracts.inbound import MessageReceived
from ingest.adapters.memory import MemoryFiles, MemoryProducer
from ingest.entrypoints.imap_box import BATCH, TAKEN
from ingest.entrypoints.imap_poller import ImapPoller
from ingest.entrypoints.smtp_door import MailDoor, smtp_protocol
from ingest.handlers.accept_mail import mail_accounts
from ingest.handlers.reception import Reception
from ingest.wiring import reception_for_tests
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
SECRETS = {"env:IMAP": "demopass", "env:WRONG": "wrong"}


def account(name: str, **values: Any) -> ChannelAccount:
    return ChannelAccount(id=name, channel="email", external_id=f"{name}@acme.example", **values)


def house(*accounts: ChannelAccount, broker: MemoryProducer, files: MemoryFiles | None = None) -> tuple[Reception, Any]:
    tenant = TenantConfig(
        tenant="acme", revision=1, applied_at=NOW, default_queue="q", queues=(Queue(id="q"),), channel_accounts=accounts
    )
    feed = fixed_config(tenant)
    return reception_for_tests(feed, ManualClock(NOW), SECRETS, broker, files=files), feed.tenants


def letter(words: str = "届きました", number: int = 1, recipient: str = "support@acme.example") -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "佐藤 <sato@example.jp>", recipient, "ご注文"
    message["Message-ID"] = f"<m{number}@example.jp>"
    message.set_content(words)
    return message


def events(broker: MemoryProducer) -> list[MessageReceived]:
    return [record.envelope.data for record in broker.records if isinstance(record.envelope.data, MessageReceived)]


@pytest.fixture
def mail_broker() -> MemoryProducer:
    return MemoryProducer()


@pytest.fixture
async def smtp_port(mail_broker: MemoryProducer) -> AsyncIterator[int]:
    reception, tenants = house(account("support"), account("sales"), broker=mail_broker)
    door = MailDoor(reception, tenants)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: smtp_protocol(door, "localhost"), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def send(port: int, message: EmailMessage, *recipients: str) -> dict[str, tuple[int, bytes]]:
    def deliver() -> dict[str, tuple[int, bytes]]:
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            return client.send_message(message, to_addrs=list(recipients))

    return await asyncio.to_thread(deliver)


async def test_a_mail_by_smtplib_is_kept_before_250(smtp_port: int, mail_broker: MemoryProducer) -> None:
    assert await send(smtp_port, letter(), "Support@acme.example") == {}
    (event,) = events(mail_broker)
    assert (event.account, event.content.text, event.contact.display_name) == ("support", "届きました", "佐藤")
    assert event.thread["mailbox"] == "support@acme.example"


async def test_each_account_gets_the_mail_that_is_for_both(smtp_port: int, mail_broker: MemoryProducer) -> None:
    refused = await send(smtp_port, letter(), "support@acme.example", "sales@acme.example", "nobody@acme.example")
    assert refused["nobody@acme.example"][0] == 550
    assert sorted(event.account for event in events(mail_broker)) == ["sales", "support"]


async def test_without_the_broker_the_sender_has_to_come_again(smtp_port: int, mail_broker: MemoryProducer) -> None:
    mail_broker.down = True
    with pytest.raises(smtplib.SMTPDataError) as refused:
        await send(smtp_port, letter(), "support@acme.example")
    assert refused.value.smtp_code == 451
    mail_broker.down = False
    await send(smtp_port, letter(), "support@acme.example")
    await send(smtp_port, letter(), "support@acme.example")
    assert len({record.envelope.id for record in mail_broker.records}) == 1


async def test_raw_bytes_in_any_charset_arrive(smtp_port: int, mail_broker: MemoryProducer) -> None:
    head = b"From: jo@example.com\r\nSubject: \x8c\x8f\x96\xbc\x82\xc5\x82\xb7\r\nContent-Type: text/plain; charset=Shift_JIS\r\n\r\n"

    def deliver() -> None:
        with smtplib.SMTP("127.0.0.1", smtp_port, timeout=10) as client:
            client.sendmail("jo@example.com", ["support@acme.example"], head + "①本文".encode("cp932"))

    await asyncio.to_thread(deliver)
    (event,) = events(mail_broker)
    assert (event.content.subject, event.content.text) == ("件名です", "①本文")


@pytest.fixture(scope="module")
def imap_port() -> Iterator[int]:
    """A server of its own process for all tests here; the user is demouser, and every test has its own folder."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    command = [
        str(Path(sys.executable).with_name("pymap")),
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        "--no-tls",
        "dict",
    ]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, server)
        yield port
    finally:
        server.terminate()
        server.wait(10)


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            with contextlib.suppress(subprocess.TimeoutExpired):
                pytest.fail(f"the IMAP server ended with {server.wait(0.05)}")
            continue
        return
    pytest.fail("the IMAP server did not start")


@dataclass(frozen=True)
class Folder:
    port: int
    name: str

    @contextlib.contextmanager
    def open(self) -> Iterator[imaplib.IMAP4]:
        with imaplib.IMAP4("127.0.0.1", self.port, timeout=10) as client:
            client.login("demouser", "demopass")
            yield client

    def put(self, *messages: EmailMessage) -> None:
        with self.open() as client:
            for message in messages:
                assert client.append(self.name, "", "", message.as_bytes())[0] == "OK"

    def marked(self) -> int:
        with self.open() as client:
            client.select(self.name)
            by_keyword = client.search(None, "KEYWORD", TAKEN)[1][0].split()
            return len(by_keyword or client.search(None, "SEEN")[1][0].split())

    def account(self, name: str = "support", secret: str = "env:IMAP") -> ChannelAccount:
        at = {"imap_host": "127.0.0.1", "imap_port": str(self.port), "imap_folder": self.name}
        options = at | {"imap_security": "none", "imap_username": "demouser"}
        return account(name, options=options, secrets={"imap_password": (secret,)})


@pytest.fixture
def folder(imap_port: int, request: pytest.FixtureRequest) -> Folder:
    made = Folder(imap_port, f"F{abs(hash(request.node.name))}")
    with made.open() as client:
        assert client.create(made.name)[0] == "OK"
    return made


async def poll(broker: MemoryProducer, *accounts: ChannelAccount) -> int:
    """By a poller that remembers nothing."""
    reception, tenants = house(*accounts, broker=broker)
    poller = ImapPoller(reception, tenants, 30)
    visits = [await poller.visit(one) for one in mail_accounts(tuple(tenants()))]
    return sum(visit.taken for visit in visits if visit is not None)


async def test_a_server_with_idle_tells_of_new_mail_at_once(folder: Folder, mail_broker: MemoryProducer) -> None:
    """The poller would ask again after an hour only; a mail that somebody refused does not wake it for ever."""
    reception, tenants = house(folder.account(), broker=mail_broker)
    running = asyncio.create_task(ImapPoller(reception, tenants, 3600).run())
    try:
        for number in (1, 2):
            await asyncio.to_thread(folder.put, letter(f"{number}通目", number=number))
            async with asyncio.timeout(30):
                while len(mail_broker.records) < number:
                    await asyncio.sleep(0.05)
    finally:
        running.cancel()
        await asyncio.wait([running])
    assert [event.content.text for event in events(mail_broker)] == ["1通目", "2通目"]


async def test_mails_are_taken_once_and_marked_in_the_mailbox(folder: Folder, mail_broker: MemoryProducer) -> None:
    folder.put(letter(number=1), letter("二通目", number=2))
    assert await poll(mail_broker, folder.account()) == 2
    assert [event.content.text for event in events(mail_broker)] == ["届きました", "二通目"]
    assert await poll(mail_broker, folder.account()) == 0
    folder.put(letter("三通目", number=3))
    assert await poll(mail_broker, folder.account()) == 1
    assert folder.marked() == 3


async def test_what_the_broker_did_not_take_stays_in_the_mailbox(folder: Folder, mail_broker: MemoryProducer) -> None:
    folder.put(letter())
    mail_broker.down = True
    assert await poll(mail_broker, folder.account()) == 0
    mail_broker.down = False
    assert await poll(mail_broker, folder.account()) == 1


async def test_more_than_one_batch(folder: Folder, mail_broker: MemoryProducer) -> None:
    folder.put(*(letter(f"{number}", number) for number in range(BATCH + 5)))
    assert await poll(mail_broker, folder.account()) == BATCH + 5
    assert len(events(mail_broker)) == BATCH + 5


async def test_a_wrong_password_or_a_dead_server_holds_back_no_other_mailbox(
    folder: Folder, mail_broker: MemoryProducer
) -> None:
    folder.put(letter())
    wrong, dead = folder.account("wrong", "env:WRONG"), Folder(1, "INBOX").account("dead")
    odd = account("odd", options={"imap_host": "127.0.0.1", "imap_security": "maybe"})
    assert await poll(mail_broker, wrong, dead, odd, folder.account()) == 1
