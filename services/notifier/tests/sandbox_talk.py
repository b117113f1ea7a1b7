"""A channel against its miniature provider: render, real HTTP on loopback, classify."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
from channel_values import NOW
from fastapi import FastAPI

from notifier.adapters.access_tokens import token_door
from notifier.adapters.http import ProviderHttp, Wire, open_wire
from notifier.adapters.loopback_only import LoopbackOnly
from notifier.adapters.signs import sign_door
from notifier.adapters.uploads import Uploads
from notifier.channels.provider import AccessToken, Channel, HttpAnswer, Outgoing, Sender
from notifier.domain.outcome import Outcome
from runtime.clock import SystemClock
from runtime.safe_target import Target
from sandbox.testing import on_loopback


@dataclass(frozen=True)
class Talk:
    url: str
    channel: Channel
    http: ProviderHttp
    control: httpx.AsyncClient

    @property
    def name(self) -> str:
        return self.channel.capability.channel

    async def send(self, message: Outgoing, sender: Sender) -> list[Outcome]:
        """One outcome a request; ends at the first that isn't accepted, as the carrier does."""
        placed = await Uploads(self.http, SystemClock()).place(self.channel, message, sender)
        rendered = placed if isinstance(placed, Outcome) else self.channel.render(placed, sender)
        if isinstance(rendered, Outcome):
            return [rendered]
        outcomes: list[Outcome] = []
        for request in rendered:
            found = await self.http.exchange(self.name, request, None)
            assert isinstance(found, HttpAnswer), found
            outcomes.append(self.channel.classify(request, found, NOW))
            if outcomes[-1].code != "accepted":
                break
        return outcomes

    async def granted(self, sender: Sender) -> Sender | Outcome:
        assert self.channel.grant is not None
        request = self.channel.grant.request(sender, NOW)
        if isinstance(request, Outcome):
            return request
        found = await self.http.exchange(token_door(self.name), request, None)
        assert isinstance(found, HttpAnswer), found
        token = self.channel.grant.read(found, NOW)
        return sender.with_token(token) if isinstance(token, AccessToken) else token

    async def fault(self, **spec: Any) -> None:
        answer = await self.control.post("/_control/faults", json={"provider": self.name, "kind": "status", **spec})
        assert answer.status_code == 200, answer.text

    async def visible(self) -> list[dict[str, Any]]:
        answer = await self.control.get("/_control/visible", params={"provider": self.name})
        return list(answer.json()["items"])


@asynccontextmanager
async def talking(channel: Channel) -> AsyncIterator[Talk]:
    async with (
        on_loopback() as url,
        open_wire(30, 30, LoopbackOnly()) as wire,
        httpx.AsyncClient(base_url=url, timeout=30) as control,
    ):
        yield Talk(url, channel, _doors(channel, url, wire), control)


@asynccontextmanager
async def talking_within(app: FastAPI, channel: Channel) -> AsyncIterator[Talk]:
    """To a sandbox of this process, without a server: for many talks in one test."""
    url, within = "http://127.0.0.1", httpx.ASGITransport(app)
    async with open_wire(30, 30, within) as wire, httpx.AsyncClient(transport=within, base_url=url) as control:
        yield Talk(url, channel, _doors(channel, url, wire), control)


def _doors(channel: Channel, url: str, wire: Wire) -> ProviderHttp:
    capability = channel.capability
    name = capability.channel
    bases = {token_door(name): f"{url}/{name}{urlsplit(capability.token_url).path}", sign_door(name): f"{url}/{name}"}
    if capability.base_url:
        bases[name] = f"{url}/{name}{urlsplit(capability.base_url).path}"
    return ProviderHttp(wire, bases, Target(allow_loopback=True), 60)
