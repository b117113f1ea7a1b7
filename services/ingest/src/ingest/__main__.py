"""`python -m ingest`: webhooks in. `python -m ingest discord-gateway`: and what Discord tells over a connection of ours."""

import argparse
import sys

from ingest.settings import Settings
from ingest.wiring import build
from runtime.app import run

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m ingest")
    parser.add_argument("also", nargs="?", choices=["discord-gateway"], help="needs the extra ingest[discord]")
    gateway = parser.parse_args().also is not None
    sys.exit(run(lambda: build(Settings(), discord_gateway=gateway)))
