"""`python -m ingest`: webhooks in."""

import sys

from ingest.settings import Settings
from ingest.wiring import build
from runtime.app import run

if __name__ == "__main__":
    sys.exit(run(lambda: build(Settings())))
