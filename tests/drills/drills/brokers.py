"""One broker or a cluster of them, every member of the services on a listener of its own behind a proxy of its own."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from drills.parts import Part
from drills.proxy import LOOPBACK, Proxy, open_proxies
from madoguchi.settings import ROOT
from madoguchi.stack import StackOptions, free_ports
from madoguchi.stack.kafka import kafka_command
from madoguchi.stack.kafka_jars import KafkaHome, fetch_kafka, kafka_home
from madoguchi.stack.readiness import kafka_ready

DEFAULT_CACHE = ROOT / ".madoguchi" / "cache"


@dataclass(frozen=True, slots=True)
class Ports:
    """Of one broker: `members` are the listeners that the proxies lead to."""

    direct: int
    controller: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Brokers:
    """`proxies` by member, then by broker; `ports` by broker."""

    parts: tuple[Part, ...]
    ports: tuple[Ports, ...]
    proxies: tuple[tuple[Proxy, ...], ...]

    @property
    def direct(self) -> str:
        return ",".join(f"{LOOPBACK}:{ports.direct}" for ports in self.ports)

    def proxied(self, member: int) -> str:
        return ",".join(f"{LOOPBACK}:{proxy.port}" for proxy in self.proxies[member])


async def make_brokers(state: Path, cache: Path, brokers: int, members: int, living: AsyncExitStack) -> Brokers:
    """Not started yet. The proxies live as long as `living`."""
    home = await _home(state, cache)
    ports = [_ports(members) for _ in range(brokers)]
    proxies = [
        await living.enter_async_context(
            open_proxies({f"kafka{number}": one.members[member] for number, one in enumerate(ports, 1)})
        )
        for member in range(members)
    ]
    by_member = tuple(tuple(named.values()) for named in proxies)
    parts = [_part(home, state, number, ports, by_member) for number in range(1, brokers + 1)]
    return Brokers(tuple(parts), tuple(ports), by_member)


async def _home(state: Path, cache: Path) -> KafkaHome:
    local = StackOptions(state=state).local_folder
    home = kafka_home(cache, local)
    await fetch_kafka(home, local, lambda _: None)
    return home


def _ports(members: int) -> Ports:
    direct, controller, *others = free_ports(2 + members)
    return Ports(direct, controller, tuple(others))


def _part(
    home: KafkaHome, state: Path, number: int, ports: Sequence[Ports], proxies: Sequence[Sequence[Proxy]]
) -> Part:
    own = ports[number - 1]
    other = listeners(own, [mine[number - 1] for mine in proxies]) | cluster(number, ports)
    name = "kafka" if len(ports) == 1 else f"kafka{number}"
    command = kafka_command(
        home,
        state / name,
        port=own.direct,
        controller_port=own.controller,
        quick=True,
        die_with_parent=True,
        other=other,
    )
    return Part(replace(command, name=name), kafka_ready(f"{LOOPBACK}:{own.direct}"))


def listeners(own: Ports, proxies: Sequence[Proxy]) -> dict[str, str]:
    """A member is told the ports of its own proxies only, so that nobody finds a way around."""
    names = ["PLAINTEXT", *(f"MEMBER{member}" for member in range(len(proxies)))]
    heard = dict(zip(names, (own.direct, *own.members), strict=True))
    told = dict(zip(names, (own.direct, *(proxy.port for proxy in proxies)), strict=True))
    controller = f"CONTROLLER://{LOOPBACK}:{own.controller}"
    return {
        "listeners": ",".join([*_addresses(heard), controller]),
        "advertised.listeners": ",".join(_addresses(told)),
        "listener.security.protocol.map": ",".join(f"{name}:PLAINTEXT" for name in (*names, "CONTROLLER")),
    }


def _addresses(ports: Mapping[str, int]) -> list[str]:
    return [f"{name}://{LOOPBACK}:{port}" for name, port in ports.items()]


def cluster(number: int, ports: Sequence[Ports]) -> dict[str, str]:
    """Three copies, two of which must have a record before it is acknowledged."""
    if len(ports) == 1:
        return {}
    voters = [f"{node}@{LOOPBACK}:{one.controller}" for node, one in enumerate(ports, 1)]
    copies = str(len(ports))
    return {
        "node.id": str(number),
        "controller.quorum.voters": ",".join(voters),
        "default.replication.factor": copies,
        "offsets.topic.replication.factor": copies,
        "min.insync.replicas": str(len(ports) - 1),
        "unclean.leader.election.enable": "false",
    }
