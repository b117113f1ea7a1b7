"""`python -m drills.sabotage <service>`: a service that lies, to see whether the drills would notice.

ingest answers 2xx for every fifth webhook without producing it.
"""

import runpy
import sys
from typing import Any

from runtime.producer import EventProducer

EVERY = 5


def forget_some() -> None:
    original = EventProducer.publish
    calls = 0

    async def publish(self: EventProducer, *given: Any) -> None:
        nonlocal calls
        calls += 1
        if calls % EVERY:
            await original(self, *given)

    EventProducer.publish = publish  # type: ignore[method-assign]  # that is the sabotage


def main() -> None:
    service = sys.argv[1]
    forget_some()
    sys.argv = [service]
    runpy.run_module(service, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
