"""One record per revision on the compacted topic `config`; nothing when nothing changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from contracts.config import TenantConfig
from contracts.envelope import Envelope
from contracts.topics import CONFIG
from madoguchi.apply.diff import Change, changes
from madoguchi.apply.mistakes import ConfigWrong, Mistake, mistake_at
from madoguchi.apply.source import Bundle
from madoguchi.errors import Stop
from runtime.clock import SystemClock
from runtime.config_feed import open_config_feed
from runtime.ids import event_id
from runtime.producer import Record, open_producer
from runtime.settings import KafkaSettings

WRITE_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class Applied:
    """`revision` is the one that holds now; `changes` is empty when nothing was written."""

    tenant: str
    revision: int
    changes: tuple[Change, ...]


async def compare(bundle: Bundle, kafka: KafkaSettings) -> Applied:
    """What an apply would do. Raises ConfigWrong for an account that another tenant has."""
    async with open_config_feed(kafka) as feed:
        in_force = tuple(feed.tenants())
    return in_comparison(bundle, in_force)


async def publish(bundle: Bundle, kafka: KafkaSettings) -> Applied:
    """Returns once every replica has the record. Raises Stop when another apply came first."""
    planned = await compare(bundle, kafka)
    if not planned.changes:
        return planned
    told = {"revision": planned.revision, "applied_at": _now()}
    config = bundle.config.model_copy(update=told)
    await _write(config, kafka)
    async with open_config_feed(kafka) as feed:
        held = feed.tenant(config.tenant)
    if held is None or held.model_dump_json() != config.model_dump_json():
        raise Stop(f"another apply wrote revision {config.revision} of {config.tenant} at the same time; run it again")
    return planned


def in_comparison(bundle: Bundle, in_force: Sequence[TenantConfig]) -> Applied:
    """With what all tenants have now. Raises ConfigWrong."""
    config = bundle.config
    held = next((one for one in in_force if one.tenant == config.tenant), None)
    if foreign := _foreign_accounts(bundle, in_force):
        raise ConfigWrong(foreign)
    found = tuple(changes(held, config))
    revision = held.revision if held else 0
    return Applied(config.tenant, revision + 1 if found else revision, found)


def _foreign_accounts(bundle: Bundle, in_force: Sequence[TenantConfig]) -> list[Mistake]:
    """An account's id is the webhook's address, so it belongs to one tenant of the whole installation."""
    taken = {
        account.id: other.tenant
        for other in in_force
        if other.tenant != bundle.config.tenant
        for account in other.channel_accounts
    }
    return [
        mistake_at(
            ("channel_accounts", i, "id"), f"the account '{account.id}' belongs to another tenant", bundle.places
        )
        for i, account in enumerate(bundle.config.channel_accounts)
        if account.id in taken
    ]


async def _write(config: TenantConfig, kafka: KafkaSettings) -> None:
    envelope = Envelope(
        id=event_id(config.tenant, "config", str(config.revision), config.applied_at.isoformat()),
        tenant=config.tenant,
        source="cli",
        time=config.applied_at,
        data=config,
    )
    async with open_producer(kafka) as producer:
        await producer.publish([Record(CONFIG, config.tenant.encode(), envelope)], WRITE_SECONDS)


def _now() -> datetime:
    """In milliseconds, as the wire keeps them, so that what is read back is equal."""
    now = SystemClock().now().astimezone(UTC)
    return now.replace(microsecond=now.microsecond // 1000 * 1000)
