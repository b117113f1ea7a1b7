from collections.abc import Callable
from typing import Final

from runtime.errors import DependencyDown, Failure, Refused

SECONDS: Final = 10.0


class Patience:
    """A command may be quicker than its tenant's configuration. So it waits for a while: once per tenant, and only if it is new."""

    def __init__(self, monotonic: Callable[[], float], seconds: float = SECONDS) -> None:
        self._monotonic = monotonic
        self._seconds = seconds
        self._missed_at: dict[str, float] = {}

    def met(self, tenant: str) -> None:
        self._missed_at.pop(tenant, None)

    def refusal(self, tenant: str, age_seconds: float) -> Failure:
        """DependencyDown while waiting can help. `age_seconds` is how long ago the command was made."""
        now = self._monotonic()
        waited = now - self._missed_at.setdefault(tenant, now)
        if max(waited, age_seconds) < self._seconds:
            return DependencyDown(f"the configuration of tenant {tenant} has not come yet")
        return Refused("tenant_not_configured", f"there is no configuration of tenant {tenant}")
