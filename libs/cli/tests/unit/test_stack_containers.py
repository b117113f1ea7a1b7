"""What is asked of Docker. A fixed API version keeps the client library from asking a daemon."""

import pytest

from madoguchi.stack.containers import kafka_container, postgres_container, valkey_container
from madoguchi.stack.kafka_settings import BROKER_SETTINGS, as_environment

OFFLINE = {"version": "1.41"}


def test_the_kafka_container_has_the_settings_of_the_embedded_broker() -> None:
    container = kafka_container("4.3.1", docker_client_kw=OFFLINE)
    container.configure()
    assert container.image == "apache/kafka:4.3.1"
    assert as_environment(BROKER_SETTINGS).items() <= container.env.items()
    assert container.env["KAFKA_PROCESS_ROLES"] == "broker,controller"
    assert (
        container.env["KAFKA_LISTENERS"] == "PLAINTEXT://0.0.0.0:9093,BROKER://0.0.0.0:9092,CONTROLLER://0.0.0.0:9094"
    )


def test_the_kafka_container_advertises_its_mapped_port(monkeypatch: pytest.MonkeyPatch) -> None:
    container, written = kafka_container("4.3.1", docker_client_kw=OFFLINE), dict[str, str]()
    monkeypatch.setattr(container, "get_bootstrap_server", lambda: "localhost:55001")
    monkeypatch.setattr(container, "create_file", lambda content, path: written.update({path: content.decode()}))
    container.tc_start()
    lines = written["/tc-start.sh"].splitlines()
    assert lines[0] == "#!/bin/bash"
    assert lines[1] == "export KAFKA_ADVERTISED_LISTENERS=PLAINTEXT://localhost:55001,BROKER://localhost:9092"
    assert lines[2] == "exec /etc/kafka/docker/run"


@pytest.mark.parametrize(("durable", "word"), [(True, False), (False, True)])
def test_only_a_postgres_for_tests_gives_up_durability(*, durable: bool, word: bool) -> None:
    command = postgres_container(durable=durable, docker_client_kw=OFFLINE)._command
    assert command[0] == "postgres"
    assert "max_connections=200" in command
    assert ("fsync=off" in command) is word


def test_valkey_keeps_nothing_on_disk() -> None:
    container = valkey_container(docker_client_kw=OFFLINE)
    assert container.image == "valkey/valkey:9"
    assert container._command == ["valkey-server", "--save", "", "--appendonly", "no"]
