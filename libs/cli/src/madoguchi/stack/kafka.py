"""Apache Kafka on one node, controller and broker in one small JVM."""

import shutil
from pathlib import Path

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


def kafka_command(
    home: KafkaHome, folder: Path, *, port: int, controller_port: int, quick: bool, die_with_parent: bool
) -> Command:
    """Lay out the broker's folder (its data survives) and give the command; `quick` starts faster, peaks lower."""
    refuse_unusable(folder, home.folder)
    _lay_storage(home.folder / "storage", folder / "data")
    properties = folder / "server.properties"
    properties.write_text(as_properties(_settings(folder, port, controller_port)), encoding="utf-8")
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


def _lay_storage(template: Path, data: Path) -> None:
    if data.is_dir():
        return
    data.parent.mkdir(parents=True, exist_ok=True)
    fresh = data.with_name("data.partial")
    shutil.rmtree(fresh, ignore_errors=True)
    shutil.copytree(template, fresh)
    fresh.rename(data)
