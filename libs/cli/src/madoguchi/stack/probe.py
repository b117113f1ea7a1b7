"""Looking at this machine: is there a Docker daemon, a Java, a Maven?"""

import shutil
import socket
import subprocess
from importlib import import_module
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from madoguchi.stack.choice import Probe
from madoguchi.stack.kafka_jars import jars_obtainable, kafka_home
from madoguchi.stack.model import StackOptions

DOCKER_SOCKET = "unix:///var/run/docker.sock"
KNOCK_SECONDS = 3


def machine_probe(options: StackOptions) -> Probe:
    home = kafka_home(options.cache_folder, options.local_folder)
    return Probe(docker=docker_answers, java=java_version, jars=lambda: jars_obtainable(home))


def docker_answers() -> bool:
    """Whether a daemon answers and testcontainers (a development dependency) is installed."""
    if find_spec("docker") is None or find_spec("testcontainers") is None:
        return False
    docker = import_module("docker")
    address = docker.utils.kwargs_from_env().get("base_url", DOCKER_SOCKET)
    return socket_accepts(address) and _pings(docker)


def socket_accepts(address: str) -> bool:
    """Whether anything listens at unix:///path or tcp://host:port; the client library leaks a socket if nothing does."""
    place = urlsplit(address)
    if place.scheme not in ("unix", "tcp", "http", "https"):
        return False
    family = socket.AF_UNIX if place.scheme == "unix" else socket.AF_INET
    with socket.socket(family) as knock:
        knock.settimeout(KNOCK_SECONDS)
        try:
            knock.connect(place.path if place.scheme == "unix" else (place.hostname, place.port or 2375))
        except OSError:
            return False
    return True


def _pings(docker: Any) -> bool:
    try:
        client = docker.from_env(timeout=KNOCK_SECONDS)
        try:
            return bool(client.ping())
        finally:
            client.close()
    except docker.errors.DockerException:
        return False


def java_version() -> int:
    """The major version of the java on the path; 0 when there is none that runs."""
    java = shutil.which("java")
    if java is None:
        return 0
    try:
        told = subprocess.run(  # noqa: S603 -- the user's own java
            [java, "-XshowSettings:properties", "-version"], capture_output=True, text=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return 0
    return parse_java_version(told.stderr)


def parse_java_version(settings: str) -> int:
    """17 from `java.specification.version = 17`, 8 from `1.8`; 0 when the line is missing."""
    for line in settings.splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "java.specification.version":
            digits = value.strip().removeprefix("1.")
            return int(digits) if digits.isdigit() else 0
    return 0
