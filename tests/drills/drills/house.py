"""A house with two members per service, every dependency and the providers behind a proxy."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

from contracts.config import TenantConfig
from drills.brokers import DEFAULT_CACHE
from drills.dependencies import Dependencies, open_dependencies
from drills.parts import Part
from drills.proxy import LOOPBACK, Mode, Proxy, open_proxies
from madoguchi.apply.publish import publish
from madoguchi.apply.source import Bundle, load_tenant
from madoguchi.house.database import prepare_database
from madoguchi.house.names import environment_of, owner_dsn
from madoguchi.house.saved import House as Doors
from madoguchi.house.scene import set_scene
from madoguchi.house.secrets import APP_PASSWORD, open_secrets
from madoguchi.house.tenants import tenant_in_force
from madoguchi.house.tokens import SCOPES, Wanted, make_token
from madoguchi.settings import ROOT, inherited_environment
from madoguchi.settings_table import MODULES, OWNERS, SERVICES
from madoguchi.stack import Command, Process, StackAddresses, free_ports, http_ready
from runtime.kafka import ensure_topics
from runtime.settings import KafkaSettings

MEMBERS = 2
SESSION_SECONDS = 6.0
"""Short, so that a takeover is a matter of seconds; a zombie must sleep longer than this."""

TENANTS = Path(__file__).resolve().parents[1] / "tenants"
HARNESS = Path(__file__).resolve().parents[1]
_SHORT_SESSIONS = {
    "MADOGUCHI_KAFKA__SESSION_TIMEOUT_MS": str(int(SESSION_SECONDS * 1000)),
    "MADOGUCHI_KAFKA__HEARTBEAT_INTERVAL_MS": "1000",
    "MADOGUCHI_SEND_LEASE": "PT40S",
    "MADOGUCHI_READ_SECONDS": "5",
}


@dataclass(frozen=True, slots=True)
class DrilledHouse:
    """`members` by service, `doors` of each member, `providers` the proxy before the sandbox, `tenants` as configured at first.

    `allowed` is the most that any revision let an agent hold, by tenant and agent.
    """

    state: Path
    secrets: Mapping[str, str]
    dependencies: Dependencies
    providers: Proxy
    sandbox: Part
    members: Mapping[str, tuple[Part, ...]]
    doors: tuple[Doors, ...]
    bundles: Mapping[str, Bundle]
    tenants: Mapping[str, TenantConfig]
    allowed: dict[tuple[str, str], int] = field(default_factory=dict)

    def allow(self, config: TenantConfig) -> None:
        for agent in config.agents:
            key = (config.tenant, agent.id)
            self.allowed[key] = max(self.allowed.get(key, 0), agent.capacity["messaging"])

    @property
    def kafka(self) -> KafkaSettings:
        return _kafka(self.dependencies)

    @property
    def dsn(self) -> str:
        return owner_dsn(self.dependencies.direct.postgres)

    def urls(self, service: str) -> list[str]:
        return [doors.url(service) for doors in self.doors]

    @property
    def control(self) -> str:
        """The sandbox's own door, past the proxy."""
        return f"{self.doors[0].url('sandbox')}/_control"

    def token(self, tenant: str, agent: str | None = None) -> str:
        return make_token(Wanted(tenant=tenant, agent=agent, scopes=SCOPES, ttl=7200), self.doors[0], self.state)

    @property
    def kafka_parts(self) -> tuple[Part, ...]:
        """In the order of their node ids, from 1."""
        return self.dependencies.brokers.parts

    @property
    def parts(self) -> dict[str, Part]:
        found = dict(self.dependencies.parts)
        for members in self.members.values():
            found |= {part.name: part for part in members}
        return found

    def set_network(self, dependency: str, mode: Mode, delay: float = 0.0, member: int | None = None) -> None:
        """Between a dependency and one member of every service, or all of them."""
        for number, proxies in enumerate(self.dependencies.proxies[dependency]):
            if member in (None, number):
                for proxy in proxies:
                    proxy.set(mode, delay)

    async def scene(self) -> None:
        """Through the proxy, as the tenants' own addresses of the sandbox lead there too."""
        told = self.doors[0]
        told = told.model_copy(update={"ports": {**told.ports, "sandbox": self.providers.port}})
        for config in self.tenants.values():
            await set_scene(config, told, self.secrets)


@asynccontextmanager
async def open_house(
    state: Path, tell: Callable[[str], None], brokers: int = 1, cache: Path = DEFAULT_CACHE
) -> AsyncIterator[DrilledHouse]:
    secrets = open_secrets(state)
    async with open_dependencies(state, cache, MEMBERS, brokers) as below:
        doors = _doors(below.proxied)
        tell(f"{', '.join(below.parts)}: ready")
        async with open_proxies({"providers": doors[0].ports["sandbox"]}) as proxies:
            providers = proxies["providers"]
            frame = _Frame(state, secrets, below, doors, providers)
            sandbox = Part(frame.command("sandbox", 0), http_ready(doors[0].ports["sandbox"]))
            members = {service: tuple(frame.part(service, number) for number in range(MEMBERS)) for service in SERVICES}
            try:
                await sandbox.start()
                bundles, tenants = await _prepare(frame, below, secrets)
                for number in range(MEMBERS):
                    async with asyncio.TaskGroup() as group:
                        for parts in members.values():
                            group.create_task(parts[number].start())
                tell(f"{len(SERVICES)} services: ready, {MEMBERS} members each")
                house = DrilledHouse(state, secrets, below, providers, sandbox, members, doors, bundles, tenants)
                for config in tenants.values():
                    house.allow(config)
                await house.scene()
                yield house
            finally:
                await _stop([part for parts in members.values() for part in parts])
                await sandbox.stop()


@dataclass(frozen=True, slots=True)
class _Frame:
    """What every process is started with."""

    state: Path
    secrets: Mapping[str, str]
    below: Dependencies
    doors: tuple[Doors, ...]
    providers: Proxy

    def part(self, service: str, number: int) -> Part:
        return Part(self.command(service, number), http_ready(self.doors[number].internal_ports[service]))

    def command(self, service: str, number: int, arguments: tuple[str, ...] = ()) -> Command:
        process = "migrate" if arguments else service
        own = environment_of(
            process, self.doors[number], self.below.proxied[number], self.secrets, self.state, "embedded"
        )
        name = f"{service}/{number}" if service in SERVICES else service
        return Command(
            name,
            [sys.executable, "-m", MODULES[service], *arguments],
            self.state / "logs" / f"{name.replace('/', '-')}.log",
            env=inherited_environment() | self._drilled(own, number),
            cwd=ROOT,
        )

    def _drilled(self, own: dict[str, str], number: int) -> dict[str, str]:
        direct, proxied = self.doors[0].url("sandbox"), self.sandbox_url
        own.pop("MADOGUCHI_TELEMETRY__SPANS_FILE", None)
        for name in ("MADOGUCHI_PROVIDERS__SANDBOX",):
            if name in own:
                own[name] = own[name].replace(direct, proxied)
        return own | _SHORT_SESSIONS | {"MADOGUCHI_KAFKA__INSTANCE": str(number)}

    @property
    def sandbox_url(self) -> str:
        return f"http://{LOOPBACK}:{self.providers.port}"


def _doors(addresses: Sequence[StackAddresses]) -> tuple[Doors, ...]:
    """The sandbox is one for all."""
    ports = iter(free_ports(1 + 2 * MEMBERS * len(SERVICES)))
    sandbox = next(ports)
    return tuple(
        Doors(
            ports={service: next(ports) for service in SERVICES} | {"sandbox": sandbox},
            internal_ports={service: next(ports) for service in SERVICES},
            kafka=own.kafka,
            idempotent=True,
            broker=own.broker,
        )
        for own in addresses
    )


def _kafka(below: Dependencies) -> KafkaSettings:
    return KafkaSettings(bootstrap=below.direct.kafka, replication=len(below.brokers.parts))


async def _prepare(
    frame: _Frame, below: Dependencies, secrets: Mapping[str, str]
) -> tuple[dict[str, Bundle], dict[str, TenantConfig]]:
    await prepare_database(below.direct.postgres, secrets[APP_PASSWORD])
    async with asyncio.TaskGroup() as group:
        for owner in OWNERS:
            group.create_task(_migrate(frame, owner))
    kafka = _kafka(below)
    await ensure_topics(kafka)
    folders = sorted(path for path in TENANTS.iterdir() if path.is_dir())
    known = {**secrets, "MADOGUCHI_SANDBOX_URL": frame.sandbox_url}
    bundles = {folder.name: load_tenant(folder, known) for folder in folders}
    for bundle in bundles.values():
        await publish(bundle, kafka)
    return bundles, {tenant: await tenant_in_force(tenant, kafka) for tenant in bundles}


async def _migrate(frame: _Frame, owner: str) -> None:
    process = Process.spawn(replace(frame.command(owner, 0, ("migrate",)), name=f"{owner}-migrate"))
    if await process.wait() != 0:
        raise RuntimeError(f"the migrations of {owner} failed:\n{process.log_tail()}")


async def _stop(parts: list[Part]) -> None:
    async with asyncio.TaskGroup() as group:
        for part in parts:
            group.create_task(part.stop(timeout=20))
