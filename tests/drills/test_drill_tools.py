"""The harness's own tools do what the drills believe of them."""

import asyncio
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest
from drills.catalogue import DRILLS
from drills.crashing import POINTS, Point
from drills.proxy import LOOPBACK, Mode, open_proxies

HARNESS = Path(__file__).parent


@pytest.mark.parametrize("point", POINTS.values(), ids=list(POINTS))
def test_a_crash_point_is_a_function_of_the_product(point: Point) -> None:
    owner = getattr(import_module(point.module), point.owner)
    assert asyncio.iscoroutinefunction(getattr(owner, point.function)) != (point.function == "put")


def test_a_process_dies_at_the_second_passing_and_not_at_an_empty_one() -> None:
    program = """
from drills.crashing import POINTS, install
from runtime.batches import RawRecord
from runtime.outbox import OutboxLane, Written
install(POINTS["committed_before_publish"], 2)
lane = OutboxLane("lane", None, None)
record = RawRecord("topic", b"", b"", ())
for rows in ([], [Written(1, (record,))], [], [Written(2, (record,))]):
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
