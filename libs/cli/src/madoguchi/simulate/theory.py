"""What queueing theory says of the simplest floors: Erlang C, and Erlang A for customers who give up. Times in seconds.

Poisson arrivals, exponential handle times (and patience), one queue, agents who take one item each.
"""

from dataclasses import dataclass
from math import exp

_ENOUGH = 1e-14


@dataclass(frozen=True, slots=True)
class Floor:
    """`rate` arrivals per second, `handle` seconds each on average, `agents`; `patience` seconds on average, or None."""

    rate: float
    handle: float
    agents: int
    patience: float | None = None


@dataclass(frozen=True, slots=True)
class Expected:
    """`wait` is the mean over all customers, those who gave up too; `service_level` only Erlang C says here."""

    waits: float
    wait: float
    gives_up: float
    occupancy: float
    service_level: float | None


def expected(floor: Floor, within: float) -> Expected:
    """`within` is the service level's time. Raises ValueError when nobody gives up and the agents can't keep up."""
    return _erlang_c(floor, within) if floor.patience is None else _erlang_a(floor, floor.patience)


def _erlang_c(floor: Floor, within: float) -> Expected:
    offered = floor.rate * floor.handle
    if offered >= floor.agents:
        raise ValueError(f"{offered:.2f} agents' work for {floor.agents} agents: the queue grows without end.")
    blocked = 1.0
    for n in range(1, floor.agents + 1):
        blocked = offered * blocked / (n + offered * blocked)
    load = offered / floor.agents
    waits = blocked / (1 - load * (1 - blocked))
    relief = floor.agents / floor.handle - floor.rate
    return Expected(waits, waits / relief, 0.0, load, 1 - waits * exp(-relief * within))


def _erlang_a(floor: Floor, patience: float) -> Expected:
    """By the weights of a birth-death chain: n customers are there, and all beyond the agents may give up."""
    weights, weight, n = [1.0], 1.0, 0
    while n < floor.agents or weight > _ENOUGH * sum(weights):
        n += 1
        leaves = min(n, floor.agents) / floor.handle + max(0, n - floor.agents) / patience
        weight *= floor.rate / leaves
        weights.append(weight)
    total = sum(weights)
    waiting = sum((n - floor.agents) * w for n, w in enumerate(weights) if n > floor.agents) / total
    waits = sum(weights[floor.agents :]) / total
    gives_up = waiting / patience / floor.rate
    return Expected(
        waits=waits,
        wait=waiting / floor.rate,
        gives_up=gives_up,
        occupancy=floor.rate * (1 - gives_up) * floor.handle / floor.agents,
        service_level=None,
    )
