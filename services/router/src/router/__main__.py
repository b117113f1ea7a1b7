import sys

from router.settings import Settings
from router.wiring import build, migrate
from runtime.app import run, run_once


async def apply_migrations() -> None:
    for name in await migrate():
        sys.stdout.write(f"applied {name}\n")


def main() -> int:
    match sys.argv[1:]:
        case []:
            return run(lambda: build(Settings()))
        case ["migrate"]:
            return run_once(apply_migrations)
    sys.stderr.write("usage: python -m router [migrate]\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
