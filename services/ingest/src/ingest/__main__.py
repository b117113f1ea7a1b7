"""`python -m ingest`: webhooks in. `discord-gateway`: and what Discord tells over a connection of ours. `reviews`: those of app shops,
which have to be asked for.
"""

import sys

from ingest.settings import Settings
from ingest.wiring import build, build_reviews
from runtime.app import run

if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            sys.exit(run(lambda: build(Settings())))
        case ["discord-gateway"]:
            sys.exit(run(lambda: build(Settings(), discord_gateway=True)))
        case ["reviews"]:
            sys.exit(run(lambda: build_reviews(Settings())))
        case _:
            sys.exit("usage: python -m ingest [discord-gateway | reviews]")
