"""`python -m notifier` serves; `migrate` prepares the schema; `capabilities` and `openapi` print what channels can carry and the API."""

import sys

from notifier.settings import Settings
from notifier.wiring import apply_migrations, build, capabilities, show_openapi
from runtime.app import run, run_once

if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            sys.exit(run(lambda: build(Settings())))
        case ["migrate"]:
            sys.exit(run_once(apply_migrations))
        case ["capabilities"]:
            sys.stdout.write(capabilities() + "\n")
        case ["openapi"]:
            sys.exit(run_once(show_openapi))
        case _:
            sys.exit("usage: python -m notifier [migrate | capabilities | openapi]")
