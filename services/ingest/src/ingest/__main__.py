"""`python -m ingest`: webhooks in. What doesn't come by webhook has a process of its own: `discord-gateway` (what Discord tells over a
connection of ours), `imap` (mail out of mailboxes), `reviews` (those of app shops), `smtp` (mail from the server in front of us)."""

import sys
from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial

from ingest.settings import Settings
from ingest.wiring import build, build_imap, build_reviews, build_smtp
from runtime.app import Service, run

Process = Callable[[Settings], AbstractAsyncContextManager[Service]]
PROCESSES: Mapping[str, Process] = {
    "": build,
    "discord-gateway": partial(build, discord_gateway=True),
    "imap": build_imap,
    "reviews": build_reviews,
    "smtp": build_smtp,
}


def _serve(process: Process) -> AbstractAsyncContextManager[Service]:
    return process(Settings())


if __name__ == "__main__":
    process = PROCESSES.get(" ".join(sys.argv[1:]))
    if process is None:
        sys.exit(f"usage: python -m ingest [{' | '.join(filter(None, PROCESSES))}]")
    sys.exit(run(partial(_serve, process)))
