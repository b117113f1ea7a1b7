"""The transport of tests: it reaches this machine and nothing else."""

from ipaddress import ip_address

import httpx
from typing_extensions import override

from notifier.adapters.connections import KeptConnections


class LoopbackOnly(KeptConnections):
    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not _is_loopback(request.url.host):
            raise AssertionError(f"a test tried to reach {request.url.host}")
        return await super().handle_async_request(request)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
