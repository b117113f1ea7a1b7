"""What the house asks of providers, and of places that customers name."""

from typing import Final

import httpx

SILENCE_SECONDS: Final = 15.0
"""After which a provider that sends a file is taken for dead."""


def open_outgoing() -> httpx.AsyncClient:
    """No connection of it is used twice: its pool knows them by address, a server's certificate is checked for a name, and two names can
    share an address.
    """
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=0)
    return httpx.AsyncClient(timeout=SILENCE_SECONDS, limits=limits, trust_env=False)
