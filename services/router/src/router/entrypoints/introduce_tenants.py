"""A tenant's group begins with its first command. So that agents of its configuration are there before any customer, we knock."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from contracts.config import TenantConfig
from contracts.envelope import Envelope
from contracts.routing import ConfigureTenant
from contracts.topics import ROUTING_COMMANDS
from router.entrypoints.command_door import Publishes
from router.handlers.live_groups import LiveGroups
from runtime.errors import Failure
from runtime.ids import event_id
from runtime.ports import Clock
from runtime.producer import Record

_log = logging.getLogger(__name__)
_AGAIN_SECONDS: Final = 0.5


class Feed(Protocol):
    def tenants(self) -> Iterable[TenantConfig]: ...

    def subscribe(self, call: Callable[[TenantConfig], None]) -> None: ...


class TenantIntroducer:
    """Sent once per tenant and revision by however many processes: the id is the same."""

    def __init__(self, configs: Feed, producer: Publishes, live: LiveGroups, clock: Clock) -> None:
        self._producer = producer
        self._live = live
        self._clock = clock
        self._new: dict[str, TenantConfig] = {config.tenant: config for config in configs.tenants()}
        self._noticed = asyncio.Event()
        configs.subscribe(self._notice)

    async def run(self) -> None:
        while True:
            for config in list(self._new.values()):
                await self._introduce(config)
            if self._new:
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                self._noticed.clear()
                await self._noticed.wait()

    def _notice(self, config: TenantConfig) -> None:
        self._new[config.tenant] = config
        self._noticed.set()

    async def _introduce(self, config: TenantConfig) -> None:
        if config.agents and not self._live.owns(config.tenant):
            try:
                await self._producer.publish([self._record(config)], 2.0)
            except Failure as error:
                _log.warning("tenant not introduced yet", extra={"tenant": config.tenant, "code": error.code})
                return
        if self._new.get(config.tenant) is config:
            del self._new[config.tenant]

    def _record(self, config: TenantConfig) -> Record:
        command = ConfigureTenant(revision=config.revision)
        id = event_id("routing.commands", config.tenant, "configuration", str(config.revision))
        envelope = Envelope(id, config.tenant, "router", self._clock.now(), command)
        return Record(ROUTING_COMMANDS, config.tenant.encode(), envelope)
