"""The two inputs of a simulation: a load file, and a tenant's folder as the router would compile it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from contracts.config import TenantConfig, problems_of
from madoguchi.apply.mistakes import ConfigWrong, Mistake, Place, Route, mistake_at
from madoguchi.apply.source import load_tenant
from madoguchi.apply.yaml_file import YamlFile
from madoguchi.simulate.load import Load
from router.adapters.routing_config import group_config
from router.domain.commands import ConfigureAgent
from router.domain.config import RoutingConfig
from router.domain.model import ChannelClass


@dataclass(frozen=True, slots=True)
class LoadFile:
    load: Load
    places: Mapping[Route, Place]


@dataclass(frozen=True, slots=True)
class House:
    """`name` is the folder's, or says which revision it is."""

    name: str
    config: RoutingConfig
    agents: Sequence[ConfigureAgent]
    tenant: str = ""
    channel_classes: Mapping[str, ChannelClass] = field(default_factory=dict)


def read_load(path: Path) -> LoadFile:
    """Raises ConfigWrong with the line of each mistake."""
    file = YamlFile(path)
    places = {(): Place(path, 1), **file.places}
    mistakes = list(file.mistakes)
    try:
        load = Load.model_validate(file.value)
    except ValidationError as error:
        mistakes += [mistake_at(problem.path, problem.sentence, places) for problem in problems_of(error)]
        raise ConfigWrong(mistakes) from None
    if mistakes:
        raise ConfigWrong(mistakes)
    return LoadFile(load, places)


def read_house(folder: Path, environment: Mapping[str, str]) -> House:
    """Raises ConfigWrong."""
    return house_of(load_tenant(folder, environment).config, str(folder))


def house_of(tenant: TenantConfig, name: str) -> House:
    group = group_config(tenant, {})
    return House(name, group.routing, group.agents, tenant.tenant, group.channel_classes)


def require_fit(file: LoadFile, house: House) -> None:
    """Raises ConfigWrong when the load names a queue that this configuration does not have, or nobody works."""
    mistakes = list(_unknown_queues(file, house))
    if not file.load.teams and not house.agents:
        mistakes.append(mistake_at((), f"there are no teams here and no agents in {house.name}", file.places))
    if mistakes:
        raise ConfigWrong(mistakes)


def _unknown_queues(file: LoadFile, house: House) -> Iterator[Mistake]:
    named: list[tuple[Route, str]] = []
    for i, stream in enumerate(file.load.streams):
        named += [(("streams", i, "queue"), stream.queue)] if stream.queue is not None else []
    for i, team in enumerate(file.load.teams):
        named += [(("teams", i, "queues", j), queue) for j, queue in enumerate(team.queues)]
    for route, queue in named:
        if queue not in house.config.queues:
            yield mistake_at(route, f"{house.name} has no queue '{queue}'", file.places)
