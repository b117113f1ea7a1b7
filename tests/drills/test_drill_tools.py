"""The harness's own tools do what the drills believe of them."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from drills.brokers import Ports, cluster, listeners
from drills.catalogue import DRILLS
from drills.clocks import build_library
from drills.crashing import POINTS, Point
from drills.nemesis import NotHere
from drills.proxy import LOOPBACK, Mode, Proxy, open_proxies

HARNESS = Path(__file__).parent


@pytest.mark.parametrize("point", POINTS.values(), ids=list(POINTS))
def test_a_crash_point_is_a_function_of_the_product(point: Point) -> None:
    owner = getattr(import_module(point.module), point.owner)
    assert asyncio.iscoroutinefunction(getattr(owner, point.function)) != (point.function == "put")


def test_a_process_dies_at_the_second_passing_and_not_at_an_empty_one() -> None:
    program = """
from drills.crashing import POINTS, install
from runtime.batches import RawRecord
from runtime.outbox import Written
from runtime.outbox_lane import OutboxLane
install(POINTS["committed_before_publish"], 2)
lane = OutboxLane("lane", None, None)
record = RawRecord("topic", b"", b"", ())
for rows in ([], [Written(1, "lane", (record,))], [], [Written(2, "lane", (record,))]):
    lane.put(rows)
    print(lane.depth, flush=True)
"""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=HARNESS, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout.split()) == (-signal.SIGKILL, ["0", "1", "1"])


def test_every_crash_point_has_a_drill() -> None:
    assert {f"crash-{name.replace('_', '-')}" for name in POINTS} <= DRILLS.keys()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while chunk := await reader.read(100):
        writer.write(chunk)
    writer.close()


async def test_a_proxy_passes_silences_and_cuts() -> None:
    server = await asyncio.start_server(echo, LOOPBACK, 0)
    async with server, open_proxies({"echo": server.sockets[0].getsockname()[1]}) as proxies:
        proxy = proxies["echo"]
        reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
        writer.write(b"one")
        assert await reader.readexactly(3) == b"one"
        for mode in (Mode.SILENT, Mode.SILENT_TO_US, Mode.SILENT_FROM_US):
            proxy.set(mode)
            writer.write(b"two")
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.1):
                    await reader.readexactly(3)
            proxy.set(Mode.PASS)
            assert await reader.readexactly(3) == b"two"
        proxy.set(Mode.CUT)
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        writer.close()
        reader, writer = await asyncio.open_connection(LOOPBACK, proxy.port)
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(1)
        writer.close()


async def test_a_moved_clock_moves_and_the_monotonic_one_stays(tmp_path: Path) -> None:
    if shutil.which("cc") is None:
        with pytest.raises(NotHere, match="compiler"):
            await build_library(tmp_path)
        return
    library, clock = await build_library(tmp_path), tmp_path / "clock"
    clock.write_bytes(bytes(8))
    program = """
import datetime, os, struct, sys, time
def told():
    return time.time(), datetime.datetime.now().timestamp(), time.time_ns() / 1e9, time.monotonic()
before = told()
with open(os.environ["MADOGUCHI_DRILL_CLOCK"], "r+b") as file:
    file.write(struct.pack("=q", 3_600_000_000_000))
print([round(after - old, -2) for old, after in zip(before, told())])
"""
    env = {**os.environ, "LD_PRELOAD": str(library), "MADOGUCHI_DRILL_CLOCK": str(clock)}
    done = subprocess.run(
        [sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout.strip() == "[3600.0, 3600.0, 3600.0, 0.0]", done.stderr


def test_each_member_is_told_its_own_proxies_and_a_cluster_its_voters(tmp_path: Path) -> None:
    ports = [Ports(9000 + node, 9100 + node, (9200 + node, 9300 + node)) for node in (1, 2, 3)]
    proxies = [[Proxy(f"kafka{node}", 0) for node in (1, 2, 3)] for _ in range(2)]
    for member, row in enumerate(proxies):
        for node, proxy in enumerate(row):
            proxy.port = 9400 + 10 * member + node
    told = {**listeners(ports[1], [row[1] for row in proxies]), **cluster(2, ports)}
    assert told["advertised.listeners"].split(",")[1:] == ["MEMBER0://127.0.0.1:9401", "MEMBER1://127.0.0.1:9411"]
    assert (told["node.id"], told["min.insync.replicas"], told["default.replication.factor"]) == ("2", "2", "3")
    assert told["controller.quorum.voters"] == "1@127.0.0.1:9101,2@127.0.0.1:9102,3@127.0.0.1:9103"
