"""Run the sandbox on a socket of its own, so that port 0 works and the issuer's URL names the real port."""

import socket
import sys
from typing import Any

import uvicorn
from pydantic import ValidationError

from sandbox.app import create_app
from sandbox.issuer import OutsideLocalStack, refuse_outside_local_stack
from sandbox.issuer_keys import BadKeyFile
from sandbox.protocol import BreakableHttpProtocol
from sandbox.settings import SandboxSettings
from sandbox.wire import Clock

EXIT_REFUSED = 2


def listen(settings: SandboxSettings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((settings.host.strip("[]"), settings.port))
    return sock


def build_server(settings: SandboxSettings, clock: Clock) -> uvicorn.Server:
    config = uvicorn.Config(
        create_app(settings, clock),
        http=BreakableHttpProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=2,
    )
    return uvicorn.Server(config)


def run(port: int | None, host: str | None, clock: Clock) -> int:
    """The process's exit status."""
    given: dict[str, Any] = {name: value for name, value in (("port", port), ("host", host)) if value is not None}
    try:
        settings = SandboxSettings(**given)
        refuse_outside_local_stack(settings)
        sock = listen(settings)
        server = build_server(settings.model_copy(update={"port": sock.getsockname()[1]}), clock)
    except ValidationError as error:
        return _refuse("; ".join(str(one["msg"]).removeprefix("Value error, ") for one in error.errors()))
    except (OutsideLocalStack, BadKeyFile) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"cannot listen on {host or 'the configured host'}: {error.strerror}")
    sys.stdout.write(f"sandbox listening on http://{settings.host}:{sock.getsockname()[1]}\n")
    sys.stdout.flush()
    server.run(sockets=[sock])
    return 0


def _refuse(sentence: str) -> int:
    sys.stderr.write(f"sandbox: {sentence}\n")
    return EXIT_REFUSED
