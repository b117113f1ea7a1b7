import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from madoguchi.stack import Command, PidRecord, Process, StackError, free_ports, http_ready, is_running, stop_pids

SLEEP = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
PARENT = """
import sys
from pathlib import Path
from madoguchi.stack import Command, Process
child = Process.spawn(Command("child", [sys.executable, "-c", "import time; time.sleep(60)"], Path(sys.argv[1])))
print(child.record.model_dump_json(), flush=True)
sys.stdin.read()
"""


def _python(tmp_path: Path, code: str) -> Command:
    return Command("part", [sys.executable, "-c", code], tmp_path / "part.log")


async def _started(command: Command) -> Process:
    async def said_up() -> bool:
        return "up" in command.log.read_text(encoding="utf-8")

    return await Process.start(command, said_up, timeout=20)


async def test_a_process_that_dies_at_start_tells_its_last_words(tmp_path: Path) -> None:
    command = _python(tmp_path, "import sys; print('no such table: lease'); sys.exit(3)")
    with pytest.raises(StackError) as caught:
        await _started(command)
    assert caught.value.code == "died_at_start"
    assert "status 3" in caught.value.message
    assert "no such table: lease" in caught.value.message


async def test_last_words_of_an_earlier_run_are_not_told(tmp_path: Path) -> None:
    (tmp_path / "part.log").write_text("old trouble\n", encoding="utf-8")
    with pytest.raises(StackError) as caught:
        await _started(_python(tmp_path, "raise SystemExit(1)"))
    assert "old trouble" not in caught.value.message


async def test_a_process_that_is_never_ready_is_stopped(tmp_path: Path) -> None:
    seen: list[Process] = []

    async def never() -> bool:
        return False

    seen.append(Process.spawn(_python(tmp_path, SLEEP)))
    with pytest.raises(StackError) as caught:
        await seen[0].wait_ready(never, timeout=0.2)
    assert caught.value.code == "start_timeout"
    assert seen[0].poll() is not None


async def test_a_program_that_does_not_exist_is_named(tmp_path: Path) -> None:
    command = Command("part", [str(tmp_path / "absent")], tmp_path / "part.log")
    with pytest.raises(StackError, match="absent: No such file"):
        await _started(command)


async def test_stop_is_polite_first(tmp_path: Path) -> None:
    process = await _started(_python(tmp_path, SLEEP))
    assert await process.stop() == -signal.SIGTERM
    assert not is_running(process.record)


async def test_what_ignores_the_signal_is_killed(tmp_path: Path) -> None:
    process = await _started(_python(tmp_path, STUBBORN))
    assert await process.stop(timeout=0.2) == -signal.SIGKILL


async def test_a_reused_pid_is_never_signalled(tmp_path: Path) -> None:
    process = await _started(_python(tmp_path, SLEEP))
    earlier = process.record.model_copy(update={"started": "1"})
    assert await stop_pids([earlier], timeout=0.2) == []
    assert process.poll() is None
    assert await stop_pids([process.record]) == ["part"]
    assert await process.wait() == -signal.SIGTERM


async def test_a_record_of_a_process_long_gone_stops_nothing(tmp_path: Path) -> None:
    process = await _started(_python(tmp_path, SLEEP))
    await process.stop()
    assert await stop_pids([process.record]) == []


async def test_children_die_when_the_parent_is_killed(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", PARENT, str(tmp_path / "child.log")]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = PidRecord.model_validate_json(parent.stdout.readline())
        assert is_running(child)
        parent.kill()
    async with asyncio.timeout(10):
        while is_running(child):
            await asyncio.sleep(0.01)


async def test_a_detached_child_has_its_own_session(tmp_path: Path) -> None:
    argv = [sys.executable, "-c", SLEEP]
    process = await _started(Command("part", argv, tmp_path / "part.log", die_with_parent=False))
    try:
        assert os.getsid(process.pid) == process.pid
    finally:
        await process.stop()


async def test_http_readiness_follows_the_answer(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    assert await http_ready(port)() is False
    argv = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(tmp_path)]
    process = await Process.start(Command("http", argv, tmp_path / "http.log"), http_ready(port, "/"), timeout=20)
    try:
        assert await http_ready(port, "/readyz")() is False
    finally:
        await process.stop()


ANSWERS = """
import http.server, json, os, sys
class Door(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"pid": os.getpid()}).encode())
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Door).serve_forever()
"""


async def test_a_neighbour_on_our_port_is_not_taken_for_ours(tmp_path: Path) -> None:
    (port,) = free_ports(1)
    door = Process.spawn(Command("door", [sys.executable, "-c", ANSWERS, str(port)], tmp_path / "door.log"))
    try:
        await door.wait_ready(http_ready(port, pid=door.pid))
        ours = Process.spawn(Command("ours", [sys.executable, "-c", SLEEP], tmp_path / "ours.log"))
        with pytest.raises(StackError) as refused:
            await ours.wait_ready(http_ready(port, pid=ours.pid))
        assert refused.value.code == "port_taken"
        assert str(door.pid) in str(refused.value)
        assert ours.poll() is not None
    finally:
        await door.stop()
