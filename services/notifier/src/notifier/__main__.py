"""`python -m notifier` serves; `migrate` prepares the schema; `capabilities` prints what each channel can carry."""

import sys

from notifier.settings import Settings
from notifier.wiring import apply_migrations, build, capabilities
from runtime.app import run, run_once

if __name__ == "__main__":
    match sys.argv[1:]:
        case []:
            sys.exit(run(lambda: build(Settings())))
        case ["migrate"]:
            sys.exit(run_once(apply_migrations))
        case ["capabilities"]:
            sys.stdout.write(capabilities() + "\n")
        case _:
            sys.exit("usage: python -m notifier [migrate | capabilities]")
