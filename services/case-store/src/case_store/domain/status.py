"""What became of an outgoing message: it only moves forwards, whatever the order of the reports."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

# `failed` ranks above everything the provider says before the person's device answers: only `delivered` and `read` disprove it.
_RANK: Final[Mapping[str, int]] = MappingProxyType(
    {"queued": 0, "accepted": 1, "sent": 2, "failed": 3, "delivered": 4, "read": 5}
)


def advances(current: str, reported: str) -> bool:
    """Whether `reported` moves the message on. A word that we don't know moves nothing."""
    return reported in _RANK and _RANK[reported] > _RANK[current]
