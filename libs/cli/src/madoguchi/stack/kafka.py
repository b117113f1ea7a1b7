"""Apache Kafka, controller and broker in one small JVM: one node, or one of a cluster's."""

import base64
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from uuid import uuid4

from madoguchi.stack.errors import StackError
from madoguchi.stack.kafka_jars import KafkaHome
from madoguchi.stack.kafka_settings import BROKER_SETTINGS, LOCAL_SETTINGS, as_properties
from madoguchi.stack.ports import LOOPBACK
from madoguchi.stack.processes import Command

JVM = (
    "-Xms128m",
    "-Xmx384m",
    "-XX:+UseSerialGC",
    "-XX:+ExitOnOutOfMemoryError",
    "-Djava.awt.headless=true",
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=HH:mm:ss.SSS",
)
# Without the optimizing compiler the broker is ready with two thirds of the work; it costs peak throughput.
QUICK = ("-XX:TieredStopAtLevel=1",)
# A comma or a backslash would split or change the path inside server.properties, a colon inside the class path.
UNUSABLE = frozenset(",:\\")
ALONE: Mapping[str, str] = MappingProxyType({})


def kafka_command(
    home: KafkaHome,
    folder: Path,
    *,
    port: int,
    controller_port: int,
    quick: bool,
    die_with_parent: bool,
    other: Mapping[str, str] = ALONE,
) -> Command:
    """Lay out the broker's folder (its data survives) and give the command; `quick` starts faster, peaks lower.

    `other` settings win over ours: the `node.id`, voters and replication of a cluster, more listeners.
    """
    refuse_unusable(folder, home.folder)
    settings = {**_settings(folder, port, controller_port), **other}
    _lay_storage(home.folder / "storage", folder / "data", settings["node.id"])
    properties = folder / "server.properties"
    properties.write_text(as_properties(settings), encoding="utf-8")
    argv = [*home.java(*JVM, *(QUICK if quick else ()), "kafka.Kafka"), str(properties)]
    return Command("kafka", argv, folder / "kafka.log", cwd=folder, die_with_parent=die_with_parent)


def refuse_unusable(*paths: Path) -> None:
    for path in paths:
        if found := UNUSABLE & set(str(path)):
            raise StackError("path_unusable", f"Kafka cannot work in {path}: the path holds {' '.join(sorted(found))}")


def _settings(folder: Path, port: int, controller_port: int) -> dict[str, str]:
    broker = f"PLAINTEXT://{LOOPBACK}:{port}"
    return {
        **LOCAL_SETTINGS,
        **BROKER_SETTINGS,
        "listeners": f"{broker},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": broker,
        "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
        "log.dirs": str(folder / "data"),
    }


def _lay_storage(template: Path, data: Path, node: str) -> None:
    if data.is_dir():
        return
    data.parent.mkdir(parents=True, exist_ok=True)
    fresh = data.with_name("data.partial")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(template, fresh)
    _name_storage(fresh / "meta.properties", node)
    fresh.rename(data)


def _name_storage(meta: Path, node: str) -> None:
    """The template is node 1's; two folders of one cluster must not bear one directory id."""
    directory = base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
    text = re.sub(r"(?m)^node\.id=.*$", f"node.id={node}", meta.read_text("utf-8"))
    meta.write_text(re.sub(r"(?m)^directory\.id=.*$", f"directory.id={directory}", text), encoding="utf-8")
