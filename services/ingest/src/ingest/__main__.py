"""`python -m ingest`: webhooks in. `smtp`: mail from the mail server in front of us; `imap`: mail out of mailboxes."""

import sys

from ingest.settings import Settings
from ingest.wiring import build, build_imap, build_smtp
from runtime.app import run

if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            sys.exit(run(lambda: build(Settings())))
        case ["smtp"]:
            sys.exit(run(lambda: build_smtp(Settings())))
        case ["imap"]:
            sys.exit(run(lambda: build_imap(Settings())))
        case _:
            sys.exit("usage: python -m ingest [smtp | imap]")
