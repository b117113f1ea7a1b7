"""Everything one sandbox remembers, built from settings and a clock."""

from dataclasses import dataclass

import httpx

from sandbox.door import Door
from sandbox.faults import FaultTable
from sandbox.ledger import Ledger
from sandbox.line.api import LineApi
from sandbox.line.reply_tokens import ReplyTokens
from sandbox.provider import Parts, Provider
from sandbox.providers import PROVIDERS
from sandbox.settings import SandboxSettings
from sandbox.webhooks.api import WebhooksApi
from sandbox.whatsapp.api import WhatsAppApi
from sandbox.whatsapp.receipts import Receipts
from sandbox.whatsapp.windows import Windows
from sandbox.wire import Clock, Ids


@dataclass(frozen=True, slots=True)
class Sandbox:
    settings: SandboxSettings
    clock: Clock
    ledger: Ledger
    faults: FaultTable
    line: LineApi
    whatsapp: WhatsAppApi
    webhooks: WebhooksApi
    others: tuple[Provider, ...]
    http: httpx.AsyncClient

    def reset(self) -> None:
        for part in (self.ledger, self.line, self.webhooks, self.whatsapp.windows, self.whatsapp.receipts):
            part.reset()
        for provider in self.others:
            provider.reset()
        self.faults.clear()


def build_sandbox(settings: SandboxSettings, clock: Clock, http: httpx.AsyncClient) -> Sandbox:
    limit = settings.max_entries
    ids = Ids(int(clock.now().timestamp() * 1000) * 100_000)
    return Sandbox(
        settings=settings,
        clock=clock,
        ledger=Ledger(clock, limit, settings.max_bytes),
        faults=FaultTable(),
        line=_line(settings, clock, ids, limit),
        whatsapp=_whatsapp(settings, clock, ids, http, limit),
        webhooks=WebhooksApi(clock, limit),
        others=tuple(open_provider(Parts(settings, clock, ids, http, limit)) for open_provider in PROVIDERS),
        http=http,
    )


def _line(settings: SandboxSettings, clock: Clock, ids: Ids, limit: int) -> LineApi:
    accept_unknown = settings.line_unknown_reply_tokens == "accept"
    tokens = ReplyTokens(clock, accept_unknown, settings.line_reply_token_ttl_seconds, limit)
    return LineApi(settings.line_tokens, tokens, ids, limit)


def _whatsapp(settings: SandboxSettings, clock: Clock, ids: Ids, http: httpx.AsyncClient, limit: int) -> WhatsAppApi:
    receipts = Receipts(clock, http, attempts=settings.receipt_attempts, limit=limit)
    windows = Windows(clock, settings.whatsapp_window_default, limit)
    return WhatsAppApi(settings.whatsapp_tokens, windows, receipts, ids, settings.whatsapp_closed_window)


def line_door(sandbox: Sandbox) -> Door:
    return Door("line", sandbox.ledger, sandbox.faults, sandbox.line.recipient_of, sandbox.line.fault_answer)


def whatsapp_door(sandbox: Sandbox) -> Door:
    api = sandbox.whatsapp
    return Door("whatsapp", sandbox.ledger, sandbox.faults, api.recipient_of, api.fault_answer)


def webhooks_door(sandbox: Sandbox) -> Door:
    api = sandbox.webhooks
    return Door("webhooks", sandbox.ledger, sandbox.faults, api.recipient_of, api.fault_answer)


def provider_door(sandbox: Sandbox, provider: Provider) -> Door:
    return Door(provider.name, sandbox.ledger, sandbox.faults, provider.recipient_of, provider.fault_answer)
