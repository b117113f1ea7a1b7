"""What the sender counts. Labels hold no tenant and no account."""

from typing import Final

from runtime import metrics

DELIVERIES: Final = metrics.counter("deliveries_total", "ends of deliveries and holds, by code", "channel", "outcome")
PROVIDER_SECONDS: Final = metrics.histogram("provider_seconds", "time of an attempt at the provider", "channel")
DEFERRED: Final = metrics.counter("deliveries_deferred_total", "attempts put off by our own limits", "channel")
WAITING: Final = metrics.gauge("deliveries_waiting", "deliveries that have not ended, by state", "state")
IN_FLIGHT: Final = metrics.gauge("deliveries_in_flight", "attempts of this process at this moment")
