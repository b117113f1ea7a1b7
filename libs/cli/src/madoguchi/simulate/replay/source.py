"""Where a recording and the configuration in force come from: the broker, or a file that was made from it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from contracts.config import TenantConfig
from contracts.envelope import Envelope
from madoguchi.display import Tell
from madoguchi.errors import Stop
from madoguchi.simulate.read import House, house_of
from madoguchi.simulate.replay.read_topics import read_topics
from router.handlers.instants import millis
from runtime.config_feed import open_config_feed
from runtime.ids import event_id
from runtime.settings import KafkaSettings


@dataclass(frozen=True, slots=True)
class Window:
    """What counts lies between `begin` and `end`; `warm_up` before it is played too."""

    begin: datetime
    end: datetime
    warm_up: timedelta


async def read_broker(tenant: str, window: Window, settings: KafkaSettings, tell: Tell) -> list[Envelope]:
    """The commands and events of the window, after the configuration in force. Raises Stop."""
    begins, counted_from, until = map(millis, (window.begin - window.warm_up, window.begin, window.end))
    async with open_config_feed(settings) as feed:
        config = feed.tenant(tenant)
    if config is None:
        raise Stop(f"the broker has no configuration of {tenant}; was it applied?")
    found = await read_topics(tenant, begins, counted_from, until, settings, tell)
    return [_as_event(config), *found]


def in_force(config: TenantConfig | None) -> House:
    """Raises Stop."""
    if config is None:
        raise Stop("the recording holds no configuration; say with --baseline what it is held against")
    return house_of(config, f"revision {config.revision}")


def _as_event(config: TenantConfig) -> Envelope:
    id = event_id(config.tenant, "config", str(config.revision), config.applied_at.isoformat())
    return Envelope(id, config.tenant, "cli", config.applied_at, config)
