"""`python -m ingest`: webhooks in. What doesn't come by webhook has a process of its own: `discord-gateway` (what Discord tells over a
connection of ours), `imap` (mail out of mailboxes), `reviews` (those of app shops), `smtp` (mail from the server in front of us).
"""

import sys

from ingest.settings import Settings
from ingest.wiring import build, build_imap, build_reviews, build_smtp
from runtime.app import run

if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            sys.exit(run(lambda: build(Settings())))
        case ["discord-gateway"]:
            sys.exit(run(lambda: build(Settings(), discord_gateway=True)))
        case ["imap"]:
            sys.exit(run(lambda: build_imap(Settings())))
        case ["reviews"]:
            sys.exit(run(lambda: build_reviews(Settings())))
        case ["smtp"]:
            sys.exit(run(lambda: build_smtp(Settings())))
        case _:
            sys.exit("usage: python -m ingest [discord-gateway | imap | reviews | smtp]")
