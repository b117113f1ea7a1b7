"""state/stack.json: what runs, where it is found, and which processes to stop."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from madoguchi.stack.errors import StackError
from madoguchi.stack.model import StackAddresses
from madoguchi.stack.records import PidRecord, is_running

FILE_NAME = "stack.json"


class SavedStack(BaseModel):
    """`addresses` is empty while the stack is starting."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    addresses: StackAddresses | None = None
    processes: tuple[PidRecord, ...] = ()
    containers: tuple[str, ...] = ()

    def running(self) -> list[PidRecord]:
        return [record for record in self.processes if is_running(record)]


def load_stack(state: Path) -> SavedStack | None:
    """None when no stack was saved; StackError when the file is not what was written."""
    path = state / FILE_NAME
    try:
        return SavedStack.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        raise StackError("stack_file_invalid", f"{path}: {place}: {first['msg']}") from error


def save_stack(state: Path, saved: SavedStack) -> None:
    """Replace the file in one step: the DSN in it is for its owner only."""
    state.mkdir(parents=True, exist_ok=True)
    fresh = state / f".{FILE_NAME}.partial"
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(saved.model_dump_json(indent=2) + "\n", encoding="utf-8")
    fresh.rename(state / FILE_NAME)


def add_processes(state: Path, *records: PidRecord) -> None:
    """Note further processes of the same stack, for example the services."""
    saved = load_stack(state) or SavedStack()
    save_stack(state, saved.model_copy(update={"processes": (*saved.processes, *records)}))


def forget_stack(state: Path) -> None:
    (state / FILE_NAME).unlink(missing_ok=True)
