"""The 24-hour customer service window, per business number and person."""

from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Literal

from sandbox.wire import Clock

_WINDOW = timedelta(hours=24)


class Windows:
    def __init__(self, clock: Clock, default: Literal["open", "closed"], limit: int) -> None:
        self._clock = clock
        self._limit = limit
        self._initial = default
        self.default = default
        self._last_inbound: OrderedDict[tuple[str, str], datetime | None] = OrderedDict()

    def open(self, phone_number_id: str, wa_id: str, last_inbound: datetime | None = None) -> None:
        self._set(phone_number_id, wa_id, last_inbound or self._clock.now())

    def close(self, phone_number_id: str, wa_id: str) -> None:
        self._set(phone_number_id, wa_id, None)

    def is_open(self, phone_number_id: str, wa_id: str) -> bool:
        key = (phone_number_id, wa_id)
        if key not in self._last_inbound:
            return self.default == "open"
        last = self._last_inbound[key]
        return last is not None and self._clock.now() - last < _WINDOW

    def reset(self) -> None:
        self.default = self._initial
        self._last_inbound.clear()

    def _set(self, phone_number_id: str, wa_id: str, last_inbound: datetime | None) -> None:
        self._last_inbound[phone_number_id, wa_id] = last_inbound
        while len(self._last_inbound) > self._limit:
            self._last_inbound.popitem(last=False)
