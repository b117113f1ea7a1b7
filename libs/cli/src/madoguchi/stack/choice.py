"""Which parts a stack is made of, decided from what this machine has."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from madoguchi.stack.errors import StackError
from madoguchi.stack.model import StackKind

JAVA_NEEDED = 17
TANSU_NOTICE = (
    "Neither Docker nor Java 17 with Maven was found: using the Tansu broker as a last resort. "
    "It keeps records in memory only and has no idempotent producer; good for a first look, not for measuring."
)


class Broker(StrEnum):
    KAFKA = "kafka"
    TANSU = "tansu"
    CONTAINER = "container"
    EXTERNAL = "external"


@dataclass(frozen=True, slots=True)
class Choice:
    kind: StackKind
    broker: Broker
    notice: str = ""


@dataclass(frozen=True, slots=True)
class Probe:
    """Questions to the machine; each is asked only when the answer matters."""

    docker: Callable[[], bool]
    java: Callable[[], int]
    jars: Callable[[], bool]


def choose_stack(kind: StackKind, probe: Probe) -> Choice:
    """`auto`: containers when a Docker daemon answers, else embedded.

    Embedded: Apache Kafka when Java 17 is there and its jars are cached or Maven can fetch them, else Tansu.
    `external` and `containers` are taken at their word; `containers` without a daemon is an error.
    """
    if kind is StackKind.EXTERNAL:
        return Choice(kind, Broker.EXTERNAL)
    if kind is not StackKind.EMBEDDED and probe.docker():
        return Choice(StackKind.CONTAINERS, Broker.CONTAINER)
    if kind is StackKind.CONTAINERS:
        raise StackError("docker_absent", "STACK=containers needs a Docker daemon, and none answers")
    if probe.java() >= JAVA_NEEDED and probe.jars():
        return Choice(StackKind.EMBEDDED, Broker.KAFKA)
    return Choice(StackKind.EMBEDDED, Broker.TANSU, TANSU_NOTICE)
