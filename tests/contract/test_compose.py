"""docker-compose.yml, the table of settings and the services' own settings say the same."""

import copy
import importlib
import importlib.util
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel
from pydantic_settings import BaseSettings

import ingest.wiring
from madoguchi.settings_table import MODULES, OWNERS, SERVICES, compose_environment, settings_of
from madoguchi.stack.containers import POSTGRES_IMAGE, VALKEY_IMAGE
from madoguchi.stack.kafka_settings import BROKER_SETTINGS, as_environment

ROOT = Path(__file__).resolve().parents[2]
DEFAULT = re.compile(r"\$\{[A-Z_0-9]+:?-([^}]*)\}")
# The sandbox listens on loopback only; in compose a door in its network namespace forwards 8900 to it.
SANDBOX_BEHIND_ITS_DOOR = {"MADOGUCHI_SANDBOX_HOST": "127.0.0.1", "MADOGUCHI_SANDBOX_PORT": "8901"}
# Images without a shell or any program that could ask.
CANNOT_ASK_THEMSELVES = {"otel-collector", "jaeger", "sandbox-door"}
Compose = dict[str, Any]


@pytest.fixture(scope="module")
def compose() -> Compose:
    loaded: Compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
    return loaded


@pytest.fixture(scope="module")
def secret_values(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("secrets")
    list(load("make_secrets").make(folder, {}))
    return {file.name: file.read_text("utf-8").removesuffix("\n") for file in folder.iterdir()}


def load(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(f"deploy_{name}", ROOT / "deploy" / "docker" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def environment(compose: Compose, service: str) -> dict[str, str]:
    """As it is when nothing is overridden from outside."""
    given = compose["services"][service].get("environment", {})
    return {name: DEFAULT.sub(r"\1", str(value)) for name, value in given.items()}


def expected(process: str) -> tuple[dict[str, str], set[str]]:
    """The plain variables and the names of the secrets that the table gives to a process."""
    secret = {setting.variable for setting in settings_of(process) if setting.secret and setting.compose is not None}
    plain = {name: value for name, value in compose_environment(process).items() if name not in secret}
    return plain | (SANDBOX_BEHIND_ITS_DOOR if process == "sandbox" else {}), secret


def disagreements(compose: Compose, service: str, process: str) -> Iterator[str]:
    plain, secret = expected(process)
    found, mounted = environment(compose, service), set(compose["services"][service].get("secrets", []))
    for name in sorted(plain.keys() | found.keys()):
        if plain.get(name) != found.get(name):
            yield f"{service}: {name} is {found.get(name)!r} in compose and {plain.get(name)!r} in the table"
    yield from (f"{service}: secret {name} is not in both" for name in sorted(secret ^ mounted))


def settings_class(process: str) -> type[BaseSettings]:
    module = importlib.import_module(f"{MODULES[process]}.settings")
    own = [item for _, item in inspect.getmembers(module, inspect.isclass) if item.__module__ == module.__name__]
    (found,) = [item for item in own if issubclass(item, BaseSettings) and item.model_fields.keys() & {"port"}]
    return found


def variables(settings: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in settings.model_fields.items():
        kinds = [field.annotation, *getattr(field.annotation, "__args__", ())]
        parts = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel)]
        for part in parts:
            yield from variables(part, f"{prefix}{name.upper()}__")
        if not parts:
            yield f"{prefix}{name.upper()}"


@pytest.mark.parametrize("process", [*SERVICES, "sandbox"])
def test_compose_gives_what_the_table_says(compose: Compose, process: str) -> None:
    assert list(disagreements(compose, process, process)) == []


def test_ingests_further_processes_differ_in_their_word_only(compose: Compose) -> None:
    """And in their number: two members of one name would take each other's partitions away."""
    doors = compose["services"]["ingest"]
    found = {name: one for name, one in compose["services"].items() if name.startswith("ingest-")}
    assert {one["command"][0] for one in found.values()} == {word for word in ingest.wiring.PROCESSES if word}
    numbers = [environment(compose, name)["MADOGUCHI_KAFKA__INSTANCE"] for name in ("ingest", *found)]
    assert len(set(numbers)) == len(numbers)
    for name, one in found.items():
        given = {**environment(compose, name), "MADOGUCHI_KAFKA__INSTANCE": "0"}
        assert (given, one["image"], one["secrets"]) == (
            environment(compose, "ingest"),
            doors["image"],
            doors["secrets"],
        ), name
        assert one["profiles"], name


@pytest.mark.parametrize("owner", OWNERS)
def test_migrations_know_the_owner_and_services_do_not(compose: Compose, owner: str) -> None:
    assert list(disagreements(compose, f"migrate-{owner}", "migrate")) == []
    assert "MADOGUCHI_POSTGRES_OWNER_DSN" not in compose["services"][owner]["secrets"]


def test_a_drift_is_found(compose: Compose) -> None:
    drifted = copy.deepcopy(compose)
    router = drifted["services"]["router"]
    router["environment"] |= {"MADOGUCHI_LOG_LEVEL": "DEBUG", "MADOGUCHI_TYPO": "1"}
    router["secrets"].remove("MADOGUCHI_POSTGRES_DSN")
    assert len(list(disagreements(drifted, "router", "router"))) == 3


@pytest.mark.parametrize("process", [*SERVICES, "sandbox"])
def test_the_settings_object_accepts_what_compose_gives(
    compose: Compose, secret_values: dict[str, str], process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = settings_class(process)
    prefix = str(settings.model_config["env_prefix"])
    given = environment(compose, process) | {name: secret_values[name] for name in expected(process)[1]}
    assert {name for name in given if name.startswith("MADOGUCHI_")} <= set(variables(settings, prefix))
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    assert settings().model_dump(include={"port"}) == {"port": int(given[f"{prefix}PORT"])}


@pytest.mark.parametrize("process", SERVICES)
def test_without_a_required_variable_the_settings_object_refuses(
    compose: Compose, secret_values: dict[str, str], process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = environment(compose, process) | {name: secret_values[name] for name in expected(process)[1]}
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MADOGUCHI_PARTITION_KEY_SECRET")
    with pytest.raises(Exception, match="MADOGUCHI_PARTITION_KEY_SECRET: is required"):
        settings_class(process)()


def test_the_topics_job_speaks_to_the_services_broker(compose: Compose) -> None:
    assert environment(compose, "topics").items() <= environment(compose, "ingest").items()


def test_the_broker_is_set_as_in_the_local_stack(compose: Compose) -> None:
    broker = compose["services"]["kafka"]["environment"]
    assert as_environment(BROKER_SETTINGS).items() <= broker.items()


def test_the_parts_are_those_of_the_local_stack(compose: Compose) -> None:
    images = {name: service["image"] for name, service in compose["services"].items()}
    pom = (ROOT / "deploy" / "local" / "kafka" / "pom.xml").read_text("utf-8")
    assert f"<kafka.version>{images['kafka'].partition(':')[2]}</kafka.version>" in pom
    assert images["postgres"].startswith(f"{POSTGRES_IMAGE}.")
    assert images["valkey"].startswith(f"{VALKEY_IMAGE}.")


def test_every_secret_is_made_and_mounted_from_a_file(compose: Compose, secret_values: dict[str, str]) -> None:
    declared = compose["secrets"]
    used = {name for service in compose["services"].values() for name in service.get("secrets", [])}
    assert used == declared.keys()
    assert used <= secret_values.keys()
    assert all(entry["file"].endswith(f"/{name}") for name, entry in declared.items())


def test_containers_are_closed(compose: Compose) -> None:
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert "no-new-privileges:true" in service["security_opt"], name
        assert str(service["user"]).split(":")[0] not in ("0", "root"), name
        assert service["mem_limit"], name
        assert re.search(r":v?\d+\.\d+(\.\d+){0,2}$", service["image"]), name
        assert not service.get("privileged"), name


def test_ports_are_open_to_this_machine_only(compose: Compose) -> None:
    ports = [port for service in compose["services"].values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_whatever_can_tell_its_health_does(compose: Compose) -> None:
    for name, service in compose["services"].items():
        built, asks = "build" in service, "test" in service.get("healthcheck", {})
        assert built or asks or name in CANNOT_ASK_THEMSELVES, f"{name} has no healthcheck"
    assert "HEALTHCHECK" in (ROOT / "deploy" / "docker" / "Dockerfile").read_text("utf-8")


def test_what_is_mounted_exists(compose: Compose) -> None:
    mounts = [str(mount) for service in compose["services"].values() for mount in service.get("volumes", [])]
    for mount in mounts:
        source = mount.split(":")[0]
        assert source in compose["volumes"] or (ROOT / source).exists(), mount
    for service in compose["services"].values():
        if "build" in service:
            assert (ROOT / service["build"]["dockerfile"]).is_file()
