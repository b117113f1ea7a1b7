"""state/house.json: the ports that the doors got, and what a client needs to find them."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from madoguchi.errors import Stop
from madoguchi.settings_table import SERVICES
from madoguchi.stack import LOOPBACK, PidRecord, SavedStack, load_stack

FILE_NAME = "house.json"


class House(BaseModel):
    """`ports` by process, `internal_ports` by service. `broker` is its name for people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ports: Mapping[str, int]
    internal_ports: Mapping[str, int]
    kafka: str
    idempotent: bool
    broker: str

    def url(self, process: str) -> str:
        return f"http://{LOOPBACK}:{self.ports[process]}"

    @property
    def issuer(self) -> str:
        return f"{self.url('sandbox')}/issuer"


def save_house(state: Path, house: House) -> None:
    state.mkdir(parents=True, exist_ok=True)
    draft = state / f".{FILE_NAME}.partial"
    draft.write_text(house.model_dump_json(indent=2) + "\n", encoding="utf-8")
    draft.rename(state / FILE_NAME)


def load_house(state: Path) -> House | None:
    """None when nothing was started here. Raises Stop when the file is not what was written."""
    try:
        return House.model_validate_json((state / FILE_NAME).read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        raise Stop(f"{state / FILE_NAME} can't be read; `madoguchi down --wipe` removes the whole state") from None


def running_house(state: Path) -> House:
    """Raises Stop when no house runs here."""
    house, stack = load_house(state), load_stack(state)
    if house is None or stack is None or not stack.running():
        raise Stop(f"nothing runs in {state}; start it with `madoguchi up`")
    return house


def missing(stack: SavedStack) -> list[str]:
    """The names of services that should run and don't."""
    alive = {record.name for record in stack.running()}
    return [name for name in ("sandbox", *SERVICES) if name not in alive]


def services_of(stack: SavedStack) -> list[PidRecord]:
    return [record for record in stack.processes if record.name in ("sandbox", *SERVICES)]


def forget_house(state: Path) -> None:
    (state / FILE_NAME).unlink(missing_ok=True)
