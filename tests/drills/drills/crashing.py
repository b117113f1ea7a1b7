"""`python -m drills.crashing <point> <nth> <service>`: the service itself, dying of SIGKILL the nth time it comes to a point.

Nothing in the product knows of this: the named function is wrapped before the service's own main module runs.
"""

import os
import runpy
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Point:
    """Where: `owner.function` of `module`; dies before it runs, or after. `counts` tells a passing from another call."""

    module: str
    owner: str
    function: str
    after: bool
    service: str
    counts: Callable[..., bool] = lambda *given: True


def _has_rows(_: Any, rows: Any) -> bool:
    return bool(rows)


POINTS: Final[Mapping[str, Point]] = {
    "committed_before_publish": Point("runtime.outbox_lane", "OutboxLane", "put", False, "case-store", _has_rows),
    "routed_before_publish": Point("runtime.outbox_lane", "OutboxLane", "put", False, "router", _has_rows),
    "worked_before_commit": Point("runtime.unit_of_work", "UnitOfWork", "write_outbox", True, "case-store"),
    "reported_before_publish": Point("runtime.outbox_lane", "OutboxLane", "put", False, "notifier", _has_rows),
    "acknowledged_before_answer": Point("runtime.producer", "EventProducer", "publish", True, "ingest"),
    "sending_before_request": Point("notifier.adapters.http", "ProviderHttp", "exchange", False, "notifier"),
    "sent_before_accepted": Point("notifier.adapters.http", "ProviderHttp", "exchange", True, "notifier"),
}


def install(point: Point, nth: int) -> None:
    owner = getattr(import_module(point.module), point.owner)
    original = getattr(owner, point.function)
    left = nth

    def passed(*given: Any) -> bool:
        nonlocal left
        left -= point.counts(*given)
        return left <= 0

    async def wrapped(*given: Any) -> Any:
        if not point.after and passed(*given):
            _die()
        result = await original(*given)
        if point.after and passed(*given):
            _die()
        return result

    def wrapped_at_once(*given: Any) -> Any:
        if passed(*given):
            _die()
        return original(*given)

    setattr(owner, point.function, wrapped_at_once if point.function == "put" else wrapped)


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    name, nth, service = sys.argv[1:4]
    install(POINTS[name], int(nth))
    sys.argv = [service]
    runpy.run_module(service, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
