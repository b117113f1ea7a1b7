"""A mail to a relay: which command was answered what, or how far it can have come. One connection per mail."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiosmtplib
import httpx

from notifier.adapters.http import Doubtful, Exchange, NotSent, Unsafe
from notifier.channels.provider import HttpAnswer, ProviderRequest
from runtime.safe_target import Target, UnsafeTarget


@dataclass(frozen=True, slots=True)
class SmtpDoor:
    """Never raises for what the network does."""

    target: Target
    connect_seconds: float
    total_seconds: float

    async def exchange(self, request: ProviderRequest) -> Exchange:
        """An answer's `stage` header: connect, sign in, sender, recipient or mail."""
        parts = urlsplit(request.url)
        host, port = parts.hostname or "", parts.port or 25
        try:
            await self.target.resolve(f"https://{host}:{port}")
        except UnsafeTarget:
            return Unsafe("the relay is not on the public internet and not among the hosts that the operator allowed")
        except httpx.ConnectError as error:
            return NotSent(f"no connection: {error}")
        progress = _Progress()
        try:
            async with asyncio.timeout(self.total_seconds):
                return await self._converse(host, port, request, progress)
        except aiosmtplib.SMTPRecipientRefused as error:
            return _answer(error.code, error.message, "recipient")
        except aiosmtplib.SMTPResponseException as error:
            return _answer(error.code, error.message, progress.stage)
        except (aiosmtplib.SMTPException, OSError, TimeoutError, ValueError) as error:
            if progress.stage == "mail":
                return Doubtful(f"no answer to the mail: {type(error).__name__}")
            return NotSent(f"broken off at {progress.stage}: {type(error).__name__}")

    async def _converse(self, host: str, port: int, request: ProviderRequest, progress: "_Progress") -> HttpAnswer:
        wanted = request.headers
        security = wanted["security"]
        client = aiosmtplib.SMTP(
            hostname=host,
            port=port,
            timeout=self.connect_seconds,
            use_tls=security == "tls",
            start_tls=security == "starttls",
        )
        try:
            await client.connect()
            if wanted["username"]:
                progress.stage = "sign in"
                await client.login(wanted["username"], wanted["password"])
            progress.stage = "sender"
            await client.mail(wanted["mail-from"])
            progress.stage = "recipient"
            await client.rcpt(wanted["rcpt-to"])
            progress.stage = "mail"
            taken = await client.data(request.body, timeout=self.total_seconds)
            return _answer(taken.code, taken.message, progress.stage)
        finally:
            client.close()


@dataclass(slots=True)
class _Progress:
    stage: str = "connect"


def _answer(code: int, said: str, stage: str) -> HttpAnswer:
    return HttpAnswer(code, {"stage": stage}, said.encode("utf-8", "replace"))
