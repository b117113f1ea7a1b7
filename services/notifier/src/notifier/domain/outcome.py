"""What one attempt at a provider came to. Each provider's answers become one of these and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum


class Kind(StrEnum):
    ACCEPTED = "accepted"
    THROTTLED = "throttled"
    TRANSIENT = "transient"
    AMBIGUOUS = "ambiguous"
    PERMANENT = "permanent"
    WINDOW_CLOSED = "window_closed"
    RECIPIENT_GONE = "recipient_gone"
    CHANNEL_BROKEN = "channel_broken"
    REPLY_TOKEN_INVALID = "reply_token_invalid"  # noqa: S105  # a code, not a secret
    FAULT = "internal_error"


EXPIRED = "expired"
EXHAUSTED = "attempts_exhausted"
NO_PATH = "no_path"
TOKEN_EXPIRED = "token_expired"  # noqa: S105  # a code, not a secret
UNSUPPORTED_CONTENT = "unsupported_content"
SETTLED = "settled_by_operator"
WAITING_FOR_APPROVAL = "waiting_for_approval"
RECEIPT_FAILED = "failed_by_receipt"
QUOTAS = frozenset({"line_monthly_limit", "x_monthly_limit"})
"""Refusals of an account's pushes until its month is over or its plan is raised."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """`detail` completes the code of a permanent refusal; `ids` are the provider's, in the order of the parts. `moved`: refused
    because the thread goes by these values now; it is rendered once more with them.
    """

    kind: Kind
    reason: str = ""
    ids: tuple[str, ...] = ()
    detail: str | None = None
    retry_after: timedelta | None = None
    http_status: int | None = None
    moved: Mapping[str, str] = field(default_factory=dict)

    @property
    def code(self) -> str:
        return f"{self.kind}:{self.detail}" if self.kind is Kind.PERMANENT and self.detail else str(self.kind)

    @property
    def closes_way(self) -> bool:
        """Another way out may still be open, because the refusal is about this one only."""
        here_only = (Kind.WINDOW_CLOSED, Kind.RECIPIENT_GONE, Kind.REPLY_TOKEN_INVALID)
        return self.kind in here_only or self.detail == UNSUPPORTED_CONTENT or self.detail in QUOTAS


def permanent(detail: str, reason: str, http_status: int | None = None) -> Outcome:
    return Outcome(Kind.PERMANENT, reason, detail=detail, http_status=http_status)


def refused_as(code: str | None, reason: str | None) -> Outcome | None:
    """What a code and its reason, as they were kept, said. None where they name no kind."""
    kind, _, detail = (code or "").partition(":")
    return Outcome(Kind(kind), reason or "", detail=detail or None) if kind in list(Kind) else None
