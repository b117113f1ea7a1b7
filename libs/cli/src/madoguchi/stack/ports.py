"""Loopback TCP ports: free ones, or the preferred ones when they are free."""

import socket
from collections.abc import Mapping
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"


def free_ports(count: int) -> list[int]:
    """`count` different ports that nothing listens on; all are held until the last is found."""
    with ExitStack() as held:
        sockets = [held.enter_context(socket.socket()) for _ in range(count)]
        for found in sockets:
            found.bind((LOOPBACK, 0))
        return [int(found.getsockname()[1]) for found in sockets]


def choose_ports(preferred: Mapping[str, int]) -> dict[str, int]:
    """Each name's preferred port when it is free, otherwise an ephemeral one; 0 asks for an ephemeral one."""
    with ExitStack() as held:
        return {name: _hold(held.enter_context(socket.socket()), port) for name, port in preferred.items()}


def _hold(held: socket.socket, port: int) -> int:
    # A port in TIME_WAIT is free for a server, as servers set this option too; listening keeps a second holder out.
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        held.bind((LOOPBACK, port))
    except OSError:
        held.bind((LOOPBACK, 0))
    held.listen()
    return int(held.getsockname()[1])
