"""The values that fill the local templates of the settings table."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from madoguchi.house.saved import House
from madoguchi.house.secrets import APP_PASSWORD
from madoguchi.settings_table import SERVICES, local_environment
from madoguchi.stack import StackAddresses

DATABASE = "madoguchi"
APP_ROLE = "madoguchi_app"


def environment_of(
    process: str, house: House, addresses: StackAddresses, secrets: Mapping[str, str], state: Path, stack: str
) -> dict[str, str]:
    """What `process` is started with, from the table. `stack` is the kind of stack that runs."""
    names = {
        "stack": stack,
        # Development tokens and the sandbox are for this machine, whoever runs the broker.
        "local_stack": "containers" if stack == "containers" else "embedded",
        "kafka": addresses.kafka,
        "idempotent": str(addresses.idempotent).lower(),
        "redis": addresses.redis,
        "postgres_owner": owner_dsn(addresses.postgres),
        "postgres_app": app_dsn(addresses.postgres, secrets[APP_PASSWORD]),
        "sandbox": house.url("sandbox"),
        "issuer": house.issuer,
        "state": str(state),
        **secrets,
    }
    if process in house.ports:
        names["port"] = str(house.ports[process])
    if process in SERVICES:
        names["internal_port"] = str(house.internal_ports[process])
    return local_environment(process, names)


def owner_dsn(superuser: str) -> str:
    return urlunsplit(urlsplit(superuser)._replace(path=f"/{DATABASE}"))


def app_dsn(superuser: str, password: str) -> str:
    parts = urlsplit(superuser)
    place = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{APP_ROLE}:{password}@{place}", path=f"/{DATABASE}"))
