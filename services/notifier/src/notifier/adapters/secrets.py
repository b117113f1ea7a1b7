"""Secrets of channel accounts, read again every minute so that a rotation needs no restart."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from pydantic import SecretStr

from contracts.config import ChannelAccount
from notifier.channels.provider import Sender
from runtime.ports import Clock

FRESH_FOR: Final = timedelta(minutes=1)


class Secrets:
    def __init__(self, resolve: Callable[[str], SecretStr], clock: Clock) -> None:
        self._resolve = resolve
        self._clock = clock
        self._known: dict[str, tuple[SecretStr, datetime]] = {}

    def sender(self, account: ChannelAccount, names: frozenset[str]) -> Sender:
        """With the secrets it needs for sending only. Raises Failure when one can't be read."""
        values: Mapping[str, tuple[str, ...]] = {
            name: tuple(self._value(ref).get_secret_value() for ref in refs)
            for name, refs in account.secrets.items()
            if name in names
        }
        return Sender(account.id, account.external_id, account.options, values)

    def _value(self, ref: str) -> SecretStr:
        now = self._clock.now()
        known = self._known.get(ref)
        if known is not None and now - known[1] < FRESH_FOR:
            return known[0]
        value = self._resolve(ref)
        self._known[ref] = (value, now)
        return value
