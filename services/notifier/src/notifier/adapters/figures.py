"""What the carrier counts. Labels hold no tenant and no account."""

from typing import Final

from runtime import metrics

ATTEMPTS: Final = metrics.counter("delivery_attempts_total", "requests made for deliveries", "channel", "outcome")
SIGNS: Final = metrics.counter("signs_total", "typing and read asked for at providers", "channel", "outcome")
ACCOUNTS_PAUSED: Final = metrics.gauge("accounts_paused", "channel accounts paused because they stay broken")
