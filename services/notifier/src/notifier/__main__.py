"""`python -m notifier` serves. `migrate` prepares the schema, `reseal` renews kept secrets; `capabilities`, `openapi` print tables."""

import sys

from notifier.settings import Settings
from notifier.wiring import apply_migrations, build, capabilities, reseal_secrets, show_openapi
from runtime.app import run, run_once

if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            sys.exit(run(lambda: build(Settings())))
        case ["migrate"]:
            sys.exit(run_once(apply_migrations))
        case ["reseal"]:
            sys.exit(run_once(reseal_secrets))
        case ["capabilities"]:
            sys.stdout.write(capabilities() + "\n")
        case ["openapi"]:
            sys.exit(run_once(show_openapi))
        case _:
            sys.exit("usage: python -m notifier [migrate | reseal | capabilities | openapi]")
