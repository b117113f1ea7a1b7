"""`python -m ingest`: webhooks in. What doesn't come by webhook has a process of its own: `discord-gateway` (what Discord tells over a
connection of ours), `imap` (mail out of mailboxes), `reviews` (those of app shops), `smtp` (mail from the server in front of us); `media`
fetches messages' files where the doors leave that to others.
"""

import sys

from ingest.settings import Settings
from ingest.wiring import PROCESSES
from runtime.app import run

if __name__ == "__main__":
    asked = " ".join(sys.argv[1:])
    if asked not in PROCESSES:
        sys.exit(f"usage: python -m ingest [{' | '.join(filter(None, PROCESSES))}]")
    sys.exit(run(lambda: PROCESSES[asked](Settings())))
