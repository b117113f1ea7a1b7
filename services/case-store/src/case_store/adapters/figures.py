from typing import Final

from runtime import metrics

HANDLING_CHANGES: Final = metrics.counter(
    "handling_changes_total", "cases that a bot serves and that passed to somebody else", "state", "reason"
)
