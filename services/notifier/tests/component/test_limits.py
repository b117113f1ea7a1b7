"""Which limits a message has to pass: of its account, of the person, and of the group or channel that it is written to."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID

import pytest
from carrier_values import carrier_of, delivery_of
from channel_values import NOW
from pydantic import SecretStr

from contracts.config import ChannelAccount
from contracts.values import Address, AddressKind, ReplyPath
from notifier.adapters.carrier import ProviderCarrier
from notifier.adapters.http import ProviderHttp, Wire, open_wire
from notifier.adapters.loopback_only import LoopbackOnly
from notifier.channels.table import CHANNELS
from notifier.domain.choose_path import Method, Way
from notifier.handlers.ports import Deferred, Delivery
from runtime.rate_limit import Wanted, bucket_key
from runtime.safe_target import Target
from runtime.testing.clock import ManualClock


@dataclass
class Closed:
    """Lets nothing pass and tells what was asked."""

    asked: list[tuple[str, float]] = field(default_factory=list)

    async def take(self, wanted: Sequence[Wanted]) -> timedelta | None:
        self.asked = [(key, bucket.rate) for key, bucket in wanted]
        return timedelta(seconds=3)


def carrier(channel: str, limit: Closed, wire: Wire) -> ProviderCarrier:
    account = ChannelAccount(id="main", channel=channel, secrets={"bot_token": ("env:T",)})
    http = ProviderHttp(wire, {}, Target(allow_loopback=False))
    return carrier_of(account, CHANNELS, http, ManualClock(NOW), lambda reference: SecretStr("1:A"), limit)


def delivery(channel: str, thread: dict[str, str]) -> Delivery:
    kind = AddressKind.TELEGRAM_CHAT if channel == "telegram" else AddressKind.SLACK_USER
    path = ReplyPath(
        conversation_id=UUID(int=3),
        channel=channel,
        account="main",
        address=Address(kind=kind, value="17"),
        thread=thread,
    )
    return delivery_of(path)


async def unsaved(parts: int, ids: tuple[str, ...], method: Method) -> bool:
    raise AssertionError("nothing was sent")


@pytest.mark.parametrize(
    ("channel", "thread", "places"),
    [
        ("telegram", {"chat_id": "17"}, [("17",)]),
        ("telegram", {}, [("17",)]),
        ("telegram", {"chat_id": "-1001"}, [("-1001",), ("-1001", "group")]),
        ("slack", {"channel": "C9"}, [("C9",)]),
        ("slack", {}, [("17",)]),
    ],
)
async def test_a_group_has_its_own_limit_whoever_of_it_wrote(
    channel: str, thread: dict[str, str], places: list[tuple[str, ...]]
) -> None:
    """Telegram: 30 a second in all, one a second a chat, 20 a minute a group. Slack: one a second a channel."""
    limit = Closed()
    async with open_wire(1, 1, LoopbackOnly()) as wire:
        way = Way(0, Method.PUSH)
        found = await carrier(channel, limit, wire).carry(delivery(channel, thread), way, unsaved)
    assert isinstance(found, Deferred)
    assert found.until == NOW + timedelta(seconds=3)
    rates = {"telegram": [30, 1, 20 / 60], "slack": [5, 1]}[channel]
    keys = [bucket_key("acme", "main"), *(bucket_key("acme", "main", *place) for place in places)]
    assert limit.asked == list(zip(keys, rates, strict=False))
