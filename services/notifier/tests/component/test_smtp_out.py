"""Mail to a real SMTP server on loopback, and to one that breaks off at every command."""

import asyncio
import email
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from channel_values import NOW, outgoing, sender, text

from contracts.values import Address, AddressKind
from notifier.adapters.http import Doubtful, NotSent, Unsafe
from notifier.adapters.smtp import SmtpDoor
from notifier.channels.email import EMAIL
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.choose_path import Method
from notifier.domain.outcome import Outcome
from runtime.safe_target import Target

JO = Address(kind=AddressKind.EMAIL, value="jo@example.com")
DOOR = SmtpDoor(Target(allow_loopback=True), 2.0, 3.0)


class Sink:
    """Keeps what it takes; `says` answers a command otherwise."""

    def __init__(self, **says: str) -> None:
        self.taken: list[EmailMessage] = []
        self.says = says

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.says.get("rcpt", "250 OK")

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.says.get("mail", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if "data" not in self.says:
            assert isinstance(envelope.content, bytes)
            self.taken.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return self.says.get("data", "250 2.0.0 queued")


@asynccontextmanager
async def serving(make: Callable[[], asyncio.BaseProtocol]) -> AsyncIterator[int]:
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def request(port: int, **options: str) -> ProviderRequest:
    account = sender(
        external_id="support@acme.example",
        options={"host": "127.0.0.1", "port": str(port), "security": "none", **options},
        secrets={"smtp_password": ("secret",), "reply_secret": ("r",)},
    )
    found = EMAIL.render(outgoing(text("届きましたか。\n.\n..点\nFrom here"), JO, Method.PUSH), account)
    assert not isinstance(found, Outcome)
    return found[0]


async def test_a_mail_arrives_whole() -> None:
    sink = Sink()
    async with serving(lambda: SMTP(sink)) as port:
        sent = request(port)
        found = await DOOR.exchange(sent)
    assert isinstance(found, HttpAnswer)
    assert EMAIL.classify(sent, found, NOW).ids == (sent.headers["message-id"],)
    (taken,) = sink.taken
    plain = taken.get_body(("plain",))
    assert plain is not None
    assert plain.get_content().splitlines() == ["届きましたか。", ".", "..点", "From here"]
    assert taken["reply-to"].addresses[0].addr_spec.startswith("support+")


@pytest.mark.parametrize(
    ("says", "code"),
    [
        ({"rcpt": "550 5.1.1 nobody"}, "recipient_gone"),
        ({"rcpt": "450 4.2.0 greylisted"}, "transient"),
        ({"mail": "550 5.7.1 not you"}, "channel_broken"),
        ({"data": "554 5.7.1 spam"}, "permanent:email_5.7.1"),
        ({"data": "451 4.3.0 try later"}, "transient"),
    ],
)
async def test_refusals(says: dict[str, str], code: str) -> None:
    async with serving(lambda: SMTP(Sink(**says))) as port:
        sent = request(port)
        found = await DOOR.exchange(sent)
    assert isinstance(found, HttpAnswer)
    assert EMAIL.classify(sent, found, NOW).code == code


def _authenticator(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == b"secret"
    return AuthResult(success=good, handled=False)


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")
@pytest.mark.parametrize(("username", "code"), [("me", "accepted"), ("", "channel_broken")])
async def test_signing_in(username: str, code: str) -> None:
    sink = Sink()
    async with serving(
        lambda: SMTP(sink, authenticator=_authenticator, auth_required=True, auth_require_tls=False)
    ) as port:
        sent = request(port, username=username)
        found = await DOOR.exchange(sent)
    assert isinstance(found, HttpAnswer)
    assert EMAIL.classify(sent, found, NOW).code == code


class BreaksOff(asyncio.Protocol):
    """Answers as a server until the command `at`, then hangs up."""

    def __init__(self, at: bytes) -> None:
        self._at = at
        self._reading = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._out = transport
        self._say(b"220 hi", b"connect")

    def data_received(self, data: bytes) -> None:
        for line in data.split(b"\r\n"):
            if self._reading and line == b".":
                self._say(b"250 ok", b"dot")
            elif not self._reading and line:
                self._reading = line == b"DATA"
                self._say(b"354 go" if self._reading else b"250 ok", line[:4])

    def _say(self, line: bytes, stage: bytes) -> None:
        if stage == self._at:
            self._out.abort()
        else:
            self._out.write(line + b"\r\n")


@pytest.mark.parametrize(
    ("at", "outcome"),
    [(b"connect", NotSent), (b"EHLO", NotSent), (b"MAIL", NotSent), (b"RCPT", NotSent), (b"dot", Doubtful)],
)
async def test_a_connection_that_breaks_before_the_mail_sent_nothing_and_after_it_is_doubt(
    at: bytes, outcome: type
) -> None:
    async with serving(lambda: BreaksOff(at)) as port:
        assert isinstance(await DOOR.exchange(request(port)), outcome)


async def test_no_relay_there() -> None:
    async with serving(lambda: SMTP(Sink())) as port:
        pass
    assert isinstance(await DOOR.exchange(request(port)), NotSent)


async def test_a_relay_that_offers_no_encryption_gets_no_mail() -> None:
    sink = Sink()
    async with serving(lambda: SMTP(sink)) as port:
        assert isinstance(await DOOR.exchange(request(port, security="starttls")), NotSent)
    assert sink.taken == []


async def test_a_relay_inside_the_house_is_not_for_tenants() -> None:
    async with serving(lambda: SMTP(Sink())) as port:
        assert isinstance(await SmtpDoor(Target(allow_loopback=False), 1.0, 1.0).exchange(request(port)), Unsafe)
