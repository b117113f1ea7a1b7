import sys

from case_store.settings import Settings
from case_store.wiring import build, migrate, show_openapi
from runtime.app import run, run_once


async def apply_migrations() -> None:
    sys.stdout.writelines(f"applied {name}\n" for name in await migrate())


def main() -> int:
    match sys.argv[1:]:
        case []:
            return run(lambda: build(Settings()))
        case ["migrate"]:
            return run_once(apply_migrations)
        case ["openapi"]:
            return run_once(show_openapi)
    sys.stderr.write("usage: python -m case_store [migrate | openapi]\n")
    return 2


if __name__ == "__main__":
    raise SystemExit(main())
