import sys

from notifier.channels.table import CHANNELS
from notifier.domain.capability import table
from notifier.settings import NotifierSettings, OwnerSettings, migrations
from notifier.wiring import SCHEMA, build
from runtime.app import run, run_once
from runtime.migrate import migrate


async def apply_migrations() -> None:
    await migrate(OwnerSettings().postgres_owner_dsn.get_secret_value(), SCHEMA, migrations())


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["migrate"]:
            sys.exit(run_once(apply_migrations))
        case ["capabilities"]:
            sys.stdout.write(table(tuple(channel.capability for channel in CHANNELS.values())) + "\n")
        case _:
            sys.exit(run(lambda: build(NotifierSettings())))
