"""What becomes of the subscriptions of a tenant's own systems to our events."""

from contracts.base import Contract, Instant, OpenEnum


class DisabledBecause(OpenEnum):
    FAILING = "failing"
    GONE = "gone"
    OPERATOR = "operator"
    UNKNOWN = "unknown"


class EndpointDisabled(Contract):
    """Nothing is sent to this subscription's endpoint until somebody enables it; what happens meanwhile is kept for 14 days.

    `failing`: every attempt since `failing_since` failed. `gone`: it answered 410. `account` is that of a configured
    subscription; an endpoint registered by the API has none, and its id is the `subscription`.
    """

    subscription: str
    account: str | None = None
    because: DisabledBecause
    reason: str
    failing_since: Instant | None = None
    disabled_at: Instant
