import socket
from pathlib import Path

import pytest

from madoguchi.stack import Broker, Probe, StackError, StackKind, choose_stack
from madoguchi.stack.probe import parse_java_version, socket_accepts


def _machine(*, docker: bool = False, java: int = 0, jars: bool = False) -> Probe:
    return Probe(docker=lambda: docker, java=lambda: java, jars=lambda: jars)


@pytest.mark.parametrize(
    ("kind", "machine", "expected"),
    [
        (StackKind.AUTO, _machine(docker=True, java=17, jars=True), (StackKind.CONTAINERS, Broker.CONTAINER)),
        (StackKind.AUTO, _machine(java=17, jars=True), (StackKind.EMBEDDED, Broker.KAFKA)),
        (StackKind.AUTO, _machine(java=21, jars=True), (StackKind.EMBEDDED, Broker.KAFKA)),
        (StackKind.AUTO, _machine(java=11, jars=True), (StackKind.EMBEDDED, Broker.TANSU)),
        (StackKind.AUTO, _machine(java=17), (StackKind.EMBEDDED, Broker.TANSU)),
        (StackKind.AUTO, _machine(), (StackKind.EMBEDDED, Broker.TANSU)),
        (StackKind.EMBEDDED, _machine(docker=True, java=17, jars=True), (StackKind.EMBEDDED, Broker.KAFKA)),
        (StackKind.CONTAINERS, _machine(docker=True), (StackKind.CONTAINERS, Broker.CONTAINER)),
        (StackKind.EXTERNAL, _machine(docker=True, java=17, jars=True), (StackKind.EXTERNAL, Broker.EXTERNAL)),
    ],
)
def test_the_parts_follow_from_the_kind_and_the_machine(
    kind: StackKind, machine: Probe, expected: tuple[StackKind, Broker]
) -> None:
    choice = choose_stack(kind, machine)
    assert (choice.kind, choice.broker) == expected


def test_only_the_last_resort_is_announced() -> None:
    assert "memory only" in choose_stack(StackKind.AUTO, _machine()).notice
    assert choose_stack(StackKind.AUTO, _machine(java=17, jars=True)).notice == ""


def test_containers_without_a_daemon_are_refused() -> None:
    with pytest.raises(StackError) as caught:
        choose_stack(StackKind.CONTAINERS, _machine(java=17, jars=True))
    assert caught.value.code == "docker_absent"


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("    java.specification.version = 17", 17),
        ("    java.specification.version = 1.8", 8),
        ("    java.specification.version = ?", 0),
        ("    java.vm.version = 17", 0),
    ],
)
def test_the_java_version_is_read_from_its_settings(line: str, version: int) -> None:
    assert parse_java_version(f"Property settings:\n{line}\n") == version


def test_a_daemon_is_looked_for_at_its_socket(tmp_path: Path) -> None:
    place = f"unix://{tmp_path}/d.sock"
    assert not socket_accepts(place)
    with socket.socket(socket.AF_UNIX) as daemon:
        daemon.bind(f"{tmp_path}/d.sock")
        assert not socket_accepts(place)
        daemon.listen()
        assert socket_accepts(place)
    assert not socket_accepts("npipe:////./pipe/docker")
