"""The jars of Apache Kafka, resolved once by Maven into the cache, with a formatted storage folder to copy from."""

import asyncio
import hashlib
import re
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from madoguchi.stack.errors import StackError
from madoguchi.stack.kafka_settings import LOCAL_SETTINGS, as_properties
from madoguchi.stack.locks import fill_once
from madoguchi.stack.model import Progress
from madoguchi.stack.processes import Command, Process

CLUSTER_ID = "bWFkb2d1Y2hpLWxvY2FsMQ"
RESOLVE_SECONDS = 900.0
FORMAT_SECONDS = 60.0
PROGRESS_SECONDS = 2.0
DOWNLOADED = re.compile(r"Downloaded from [^:]+: \S+\.jar ")


@dataclass(frozen=True, slots=True)
class KafkaHome:
    """`folder` holds jars/ and storage/ (what the format tool writes into an empty log folder)."""

    version: str
    folder: Path

    @property
    def ready(self) -> bool:
        return self.folder.is_dir()

    def java(self, *arguments: str) -> list[str]:
        return ["java", *arguments[:-1], "-cp", f"{self.folder}/jars/*", arguments[-1]]


def kafka_home(cache: Path, local: Path) -> KafkaHome:
    """Where the version pinned in the pom lives in the cache; a changed pom makes a new place."""
    pom = _read_pom(local)
    version = re.search(r"<kafka\.version>([^<]+)</kafka\.version>", pom)
    if version is None:
        raise StackError("kafka_pom_invalid", f"{local}/kafka/pom.xml names no kafka.version")
    digest = hashlib.sha256(pom.encode()).hexdigest()[:8]
    return KafkaHome(version[1], cache / f"kafka-{version[1]}-{digest}")


def jars_obtainable(home: KafkaHome) -> bool:
    return home.ready or shutil.which("mvn") is not None


async def fetch_kafka(home: KafkaHome, local: Path, progress: Progress) -> None:
    """Fill the cache when it is empty: jars by Maven, then storage formatted by Kafka's own tool."""

    async def fill(folder: Path) -> None:
        progress(f"kafka: fetching Apache Kafka {home.version} with Maven (about 45 MB, once)")
        await _resolve(local / "kafka" / "pom.xml", folder, progress)
        await _format_storage(KafkaHome(home.version, folder))

    await fill_once(home.folder, fill)


async def _resolve(pom: Path, folder: Path, progress: Progress) -> None:
    argv = ["mvn", "-B", "-f", str(pom), "dependency:copy-dependencies", f"-DoutputDirectory={folder}/jars"]
    # Beside the folder: the story of a failed download must outlive the half-filled folder.
    log = folder.with_name("kafka-maven.log")
    log.unlink(missing_ok=True)
    maven = Process.spawn(Command("maven", argv, log))
    async with asyncio.TaskGroup() as group:
        telling = group.create_task(_tell_downloads(log, progress))
        try:
            await _finish(maven, RESOLVE_SECONDS, "kafka_fetch_failed")
        finally:
            telling.cancel()


async def _tell_downloads(log: Path, progress: Progress) -> None:
    told = 0
    while True:
        await asyncio.sleep(PROGRESS_SECONDS)
        count = _count_downloads(log)
        if count > told:
            told = count
            progress(f"kafka: {count} jars fetched")


def _count_downloads(log: Path) -> int:
    return len(DOWNLOADED.findall(log.read_text(encoding="utf-8", errors="replace")))


async def _format_storage(home: KafkaHome) -> None:
    properties = home.folder / "format.properties"
    settings = {**LOCAL_SETTINGS, "listeners": "PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093"}
    settings |= {"controller.quorum.voters": "1@127.0.0.1:9093", "log.dirs": str(home.folder / "storage")}
    properties.write_text(as_properties(settings), encoding="utf-8")
    tool: Sequence[str] = ("format", "-t", CLUSTER_ID, "-c", str(properties))
    argv = [*home.java("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "kafka.tools.StorageTool"), *tool]
    format_ = Process.spawn(Command("kafka-format", argv, home.folder / "format.log"))
    await _finish(format_, FORMAT_SECONDS, "kafka_format_failed")


async def _finish(process: Process, timeout: float, code: str) -> None:
    try:
        async with asyncio.timeout(timeout):
            status = await process.wait()
    except TimeoutError:
        raise StackError(code, f"{process.name} did not end within {timeout:g} s:\n{process.log_tail()}") from None
    finally:
        await process.stop()
    if status != 0:
        raise StackError(code, f"{process.name} ended with status {status}:\n{process.log_tail()}")


def _read_pom(local: Path) -> str:
    try:
        return (local / "kafka" / "pom.xml").read_text(encoding="utf-8")
    except OSError as error:
        raise StackError("kafka_pom_missing", f"{local}/kafka/pom.xml cannot be read: {error.strerror}") from error
