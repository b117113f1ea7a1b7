"""The lifecycle, in a process of its own: a real loop, real sockets, real signals."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

PROGRAM = Path(__file__).with_name("service_life_program.py")


@dataclass
class Running:
    process: subprocess.Popen[str]
    url: str
    internal: str

    def status(self, path: str) -> int:
        return httpx.get(self.internal + path, timeout=30).status_code

    def end(self, timeout: float = 20) -> tuple[int, list[dict[str, object]]]:
        _, errors = self.process.communicate(timeout=timeout)
        return self.process.returncode, [json.loads(line) for line in errors.splitlines()]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


@contextlib.contextmanager
def running(how: str, *, port: int | None = None) -> Iterator[Running]:
    port, internal = port or free_port(), free_port()
    arguments = [sys.executable, "-W", "error", str(PROGRAM), how, str(port), str(internal)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        yield Running(process, f"http://127.0.0.1:{port}", f"http://127.0.0.1:{internal}")
    finally:
        process.kill()
        process.communicate()


def wait_until(true: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        with contextlib.suppress(httpx.HTTPError):
            if true():
                return
        if time.monotonic() > deadline:
            raise AssertionError("it did not come to pass in time")
        time.sleep(0.02)


def events(lines: list[dict[str, object]]) -> list[object]:
    return [line["event"] for line in lines]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_the_service_and_it_ends_well(number: signal.Signals) -> None:
    with running("well") as service:
        wait_until(lambda: service.status("/readyz") == 200)
        assert service.status("/healthz") == 200
        assert "madoguchi_event_loop_lag_seconds" in httpx.get(service.internal + "/metrics").text
        assert httpx.get(service.url + "/hello").json() == {"hello": "world"}
        service.process.send_signal(number)
        code, lines = service.end()
    assert code == 0, lines
    assert events(lines) == ["opened", "serving", "asked to stop", "draining", "loop drained", "closed", "stopped"]


def test_while_draining_it_is_unready_but_finishes_what_it_began() -> None:
    with running("slow") as service:
        wait_until(lambda: service.status("/readyz") == 200)
        with socket.create_connection(("127.0.0.1", int(service.url.rsplit(":", 1)[1]))) as caller:
            caller.sendall(b"GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            wait_until(lambda: "slow_requests_begun 1" in httpx.get(service.internal + "/metrics").text)
            service.process.send_signal(signal.SIGTERM)
            wait_until(lambda: service.status("/readyz") == 503)
            assert service.status("/healthz") == 200
            wait_until(lambda: refuses(service.url))
            answer = b"".join(iter(lambda: caller.recv(4096), b""))
        code, lines = service.end()
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b'{"slow":true}')
    assert code == 0, lines


def refuses(url: str) -> bool:
    try:
        httpx.get(url + "/hello")
    except httpx.ConnectError:
        return True
    return False


@pytest.mark.parametrize(("how", "sentence"), [("dies", None), ("returns", "a service loop ended by itself")])
def test_a_loop_that_ends_takes_the_service_with_it(how: str, sentence: str | None) -> None:
    with running(how) as service:
        code, lines = service.end()
    assert code == 1, lines
    assert events(lines)[-1] == "the service failed"
    assert lines[-1]["error"]["frames"] or sentence  # type: ignore[index]  # JSON
    assert lines[-1].get("sentence") == sentence
    assert "canary" not in json.dumps(lines)
    assert "closed" in events(lines)


def test_a_failing_dependency_makes_it_unready_and_not_dead() -> None:
    with running("unready") as service:
        wait_until(lambda: service.status("/healthz") == 200)
        answer = httpx.get(service.internal + "/readyz", timeout=30)
        assert answer.status_code == 503
        assert answer.json() == {
            "ready": False,
            "phase": "serving",
            "pid": service.process.pid,
            "checks": {"database": "ok", "broker": "failed", "raises": "failed", "hangs": "timeout"},
        }
        service.process.send_signal(signal.SIGTERM)
        assert service.end()[0] == 0


def test_a_service_without_progress_is_not_live() -> None:
    with running("stuck") as service:
        wait_until(lambda: service.status("/healthz") == 503)
        assert httpx.get(service.internal + "/healthz").json()["reason"] == "partition 3 stands still"


def test_a_taken_port_is_told_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        with running("well", port=port) as service:
            code, lines = service.end()
    assert code == 1
    assert str(lines[-1]["sentence"]).startswith(f"can't listen on 127.0.0.1:{port}: ")
    assert "closed" in events(lines)


@pytest.mark.parametrize(
    ("how", "sentence"),
    [
        ("no-broker", "the broker at 127.0.0.1:1 can't be reached"),
        ("no-secret", "secret env:LINE is missing or empty"),
    ],
)
def test_what_is_missing_at_the_start_is_told_in_one_sentence(how: str, sentence: str) -> None:
    with running(how) as service:
        code, lines = service.end()
    assert (code, lines[-1]["sentence"]) == (1, sentence)


def test_wrong_settings_end_with_status_2_and_a_sentence_per_variable() -> None:
    with running("settings") as service:
        _, errors = service.process.communicate(timeout=20)
    assert service.process.returncode == 2
    assert "MADOGUCHI_KAFKA__BOOTSTRAP: is required but not set" in errors.splitlines()


def test_a_signal_while_starting_stops_the_start() -> None:
    with running("starting") as service:
        assert service.process.stderr is not None
        assert "starting" in service.process.stderr.readline()
        service.process.send_signal(signal.SIGTERM)
        code, lines = service.end()
    assert code == 0
    assert events(lines) == ["asked to stop", "start undone", "stopped while starting"]


def test_the_watchdog_ends_a_drain_that_hangs() -> None:
    with running("hangs") as service:
        wait_until(lambda: service.status("/readyz") == 200)
        service.process.send_signal(signal.SIGTERM)
        code, lines = service.end()
    assert code == 70
    assert events(lines)[-1] == "the drain hangs; killed by the watchdog"


def test_an_endless_head_is_cut_off() -> None:
    with running("well") as service:
        wait_until(lambda: service.status("/readyz") == 200)
        with socket.create_connection(("127.0.0.1", int(service.url.rsplit(":", 1)[1])), timeout=10) as caller:
            caller.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n")
            with contextlib.suppress(ConnectionError):
                for _ in range(40_000):
                    caller.sendall(b"x-more: " + b"y" * 1000 + b"\r\n")
                raise AssertionError("forty megabytes of headers were taken")
        assert httpx.get(service.url + "/hello").status_code == 200
        os.kill(service.process.pid, signal.SIGTERM)
        assert service.end()[0] == 0
