"""The Kubernetes files beside the services' settings and the house's own rules. Their schemas are checked by `make check`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

import ingest.wiring
from ingest.settings import Settings
from madoguchi.settings_table import OWNERS, SERVICES, settings_of

ROOT = Path(__file__).resolve().parents[2]
BASE = ROOT / "deploy" / "k8s" / "base"
FURTHER = ROOT / "deploy" / "k8s" / "processes"
# The word after `python -m ingest` by the workload that runs it.
PROCESSES = {
    "ingest-discord": "discord-gateway",
    "ingest-imap": "imap",
    "ingest-media": "media",
    "ingest-reviews": "reviews",
    "ingest-smtp": "smtp",
}
SINGLE = {"ingest-discord", "ingest-imap", "ingest-reviews"}
# Given by Kubernetes itself, as it differs from pod to pod.
FROM_THE_POD = "MADOGUCHI_KAFKA__INSTANCE"
Resource = dict[str, Any]


def resources() -> Iterator[Resource]:
    for file in sorted([*BASE.glob("*.yaml"), *FURTHER.glob("*.yaml")]):
        if file.name != "kustomization.yaml":
            yield from yaml.safe_load_all(file.read_text("utf-8"))


def named(kind: str, name: str) -> Resource:
    (found,) = [item for item in resources() if item["kind"] == kind and item["metadata"]["name"] == name]
    return found


def workload(service: str) -> Resource:
    return named("StatefulSet" if service in OWNERS else "Deployment", service)


def pod(service: str) -> Resource:
    spec: Resource = workload(service)["spec"]["template"]["spec"]
    return spec


def given(service: str) -> set[str]:
    container = pod(service)["containers"][0]
    maps = [named("ConfigMap", source["configMapRef"]["name"])["data"] for source in container["envFrom"]]
    return {name for data in maps for name in data} | {entry["name"] for entry in container["env"]}


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_is_given_what_the_table_says(service: str) -> None:
    wanted = {one.variable for one in settings_of(service) if one.compose is not None and not one.secret}
    assert wanted - given(service) == set()
    assert {name for name in given(service) - wanted if not name.startswith("MADOGUCHI_KAFKA__")} == set()


@pytest.mark.parametrize("service", OWNERS)
def test_an_owner_of_partitions_is_numbered_and_migrates_first(service: str) -> None:
    (number,) = [entry for entry in pod(service)["containers"][0]["env"] if entry["name"] == FROM_THE_POD]
    assert number["valueFrom"]["fieldRef"]["fieldPath"] == "metadata.labels['apps.kubernetes.io/pod-index']"
    (migrate,) = pod(service)["initContainers"]
    assert migrate["args"] == ["migrate"]
    assert [mount["name"] for mount in migrate["volumeMounts"]] == ["owner-secrets"]
    assert "owner-secrets" not in [mount["name"] for mount in pod(service)["containers"][0]["volumeMounts"]]


def pods() -> Iterator[tuple[str, Resource]]:
    for item in resources():
        if item["kind"] in ("StatefulSet", "Deployment", "Job"):
            yield item["metadata"]["name"], item["spec"]["template"]["spec"]


def test_pods_meet_the_restricted_standard() -> None:
    for name, spec in pods():
        assert spec["securityContext"]["runAsNonRoot"] is True, name
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        assert spec["automountServiceAccountToken"] is False, name
        for container in [*spec["containers"], *spec.get("initContainers", [])]:
            closed = container["securityContext"]
            assert closed["allowPrivilegeEscalation"] is False, name
            assert closed["readOnlyRootFilesystem"] is True, name
            assert closed["capabilities"] == {"drop": ["ALL"]}, name
            assert container["resources"]["limits"]["memory"], name
            assert ":latest" not in container["image"], name


@pytest.mark.parametrize("service", [*SERVICES, *PROCESSES])
def test_probes_ask_the_internal_port_and_liveness_never_a_dependency(service: str) -> None:
    container = pod(service)["containers"][0]
    asked = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
    assert {get["port"] for get in asked.values()} == {"internal"}
    assert asked["livenessProbe"]["path"] == "/healthz"
    assert asked["readinessProbe"]["path"] == "/readyz"
    assert pod(service)["terminationGracePeriodSeconds"] > 30


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_a_door_and_a_disruption_budget(service: str) -> None:
    labels = workload(service)["spec"]["template"]["metadata"]["labels"]
    for item in (named("Service", service)["spec"]["selector"], budget(service)):
        assert item.items() <= labels.items()


def budget(service: str) -> dict[str, str]:
    selector: dict[str, str] = named("PodDisruptionBudget", service)["spec"]["selector"]["matchLabels"]
    return selector


@pytest.mark.parametrize("folder", [BASE, FURTHER])
def test_kustomize_lists_every_file(folder: Path) -> None:
    listed = yaml.safe_load((folder / "kustomization.yaml").read_text("utf-8"))["resources"]
    files = sorted(file.name for file in folder.glob("*.yaml") if file.name != "kustomization.yaml")
    assert sorted(set(listed) - {"../base"}) == files


def test_every_further_process_of_ingest_has_its_workload() -> None:
    assert {argument for argument in ingest.wiring.PROCESSES if argument} == set(PROCESSES.values())


@pytest.mark.parametrize(("name", "argument"), PROCESSES.items())
def test_a_further_process_is_ingest_with_another_word(name: str, argument: str) -> None:
    (container,) = pod(name)["containers"]
    assert (container["image"], container["args"]) == (pod("ingest")["containers"][0]["image"], [argument])
    assert given(name) == given("ingest")
    assert {"ingest", "secrets"} <= {container["name"], *(mount["name"] for mount in container["volumeMounts"])}


@pytest.mark.parametrize("name", PROCESSES)
def test_a_process_that_must_be_one_never_overlaps_itself(name: str) -> None:
    spec = workload(name)["spec"]
    is_single = (spec["replicas"], spec["strategy"].get("type")) == (1, "Recreate")
    assert is_single == (name in SINGLE)
    assert budget(name).items() <= spec["template"]["metadata"]["labels"].items()


def test_mail_finds_its_door_and_the_doors_leave_the_files() -> None:
    (port,) = named("Service", "ingest-smtp")["spec"]["ports"]
    ports = {one["name"]: one["containerPort"] for one in pod("ingest-smtp")["containers"][0]["ports"]}
    (allowed,) = named("NetworkPolicy", "ingest-smtp")["spec"]["ingress"]
    assert (port["port"], port["targetPort"], ports["smtp"]) == (25, "smtp", Settings.model_fields["smtp_port"].default)
    assert allowed["ports"] == [{"protocol": "TCP", "port": ports["smtp"]}]
    (patch,) = yaml.safe_load((FURTHER / "kustomization.yaml").read_text("utf-8"))["patches"]
    assert yaml.safe_load(patch["patch"])["data"] == {"MADOGUCHI_FETCH_MEDIA": "false"}
    assert named(**patch["target"])["data"]["MADOGUCHI_FETCH_MEDIA"] == "true"


def test_every_workload_may_reach_what_it_asks() -> None:
    reachable = {
        name
        for item in resources()
        if item["kind"] == "NetworkPolicy" and item["metadata"]["name"].endswith("https-out")
        for name in item["spec"]["podSelector"]["matchExpressions"][0]["values"]
    }
    assert reachable == {*SERVICES, *PROCESSES}


def test_scaling_names_workloads_that_exist() -> None:
    scaled = list(yaml.safe_load_all((ROOT / "deploy/k8s/keda/scaled-objects.yaml").read_text("utf-8")))
    targets = {(item["spec"]["scaleTargetRef"]["kind"], item["spec"]["scaleTargetRef"]["name"]) for item in scaled}
    assert targets == {("StatefulSet", owner) for owner in OWNERS}
