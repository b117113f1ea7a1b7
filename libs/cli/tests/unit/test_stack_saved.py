from pathlib import Path

import pytest

from madoguchi.stack import PidRecord, StackAddresses, StackError, add_processes, forget_stack, load_stack
from madoguchi.stack.saved import SavedStack, save_stack

ADDRESSES = StackAddresses("127.0.0.1:1", "postgresql://postgres:x@127.0.0.1:2/postgres", "redis://h:3/0", "K", True)
RECORD = PidRecord(name="kafka", pid=2**22 + 1, started="7")


def test_what_is_saved_is_loaded_again(tmp_path: Path) -> None:
    saved = SavedStack(addresses=ADDRESSES, processes=(RECORD,), containers=("abc",))
    save_stack(tmp_path, saved)
    assert load_stack(tmp_path) == saved


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    save_stack(tmp_path, SavedStack(addresses=ADDRESSES))
    assert (tmp_path / "stack.json").stat().st_mode & 0o077 == 0


def test_services_are_added_to_the_parts(tmp_path: Path) -> None:
    save_stack(tmp_path, SavedStack(addresses=ADDRESSES, processes=(RECORD,)))
    add_processes(tmp_path, RECORD.model_copy(update={"name": "ingest"}))
    saved = load_stack(tmp_path)
    assert saved is not None
    assert [record.name for record in saved.processes] == ["kafka", "ingest"]
    assert saved.addresses == ADDRESSES
    assert saved.running() == []


def test_no_file_is_no_stack(tmp_path: Path) -> None:
    assert load_stack(tmp_path) is None
    forget_stack(tmp_path)


@pytest.mark.parametrize(("text", "place"), [("{", "the file"), ('{"processes": [{"name": "x"}]}', "processes.0.pid")])
def test_a_damaged_file_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    (tmp_path / "stack.json").write_text(text, encoding="utf-8")
    with pytest.raises(StackError) as caught:
        load_stack(tmp_path)
    assert caught.value.code == "stack_file_invalid"
    assert f"stack.json: {place}:" in caught.value.message
