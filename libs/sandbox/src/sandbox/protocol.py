"""The server's HTTP protocol with one addition: a handler can reach the connection, to break it on purpose."""

import socket
import struct
from asyncio import Transport

from starlette.types import Scope
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION = "madoguchi.sandbox.transport"


class BreakableHttpProtocol(HttpToolsProtocol):
    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions = self.scope.setdefault("extensions", {})
        if extensions is not None:
            extensions[EXTENSION] = {"transport": self.transport}


def reset_connection(scope: Scope) -> None:
    """Close with RST (linger 0), so that the client reads a reset and not a tidy end of stream."""
    transport = _transport(scope)
    sock = transport.get_extra_info("socket")
    if sock is not None:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def close_connection(scope: Scope) -> None:
    """Close after what was written has left."""
    _transport(scope).close()


def _transport(scope: Scope) -> Transport:
    extension = scope.get("extensions", {}).get(EXTENSION)
    if extension is None:
        raise RuntimeError("connection faults need the sandbox's own HTTP server (python -m sandbox)")
    transport: Transport = extension["transport"]
    return transport
