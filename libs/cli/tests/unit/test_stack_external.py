from pathlib import Path

import pytest

from madoguchi.stack import LOOPBACK, Stack, StackAddresses, StackError, StackKind, StackOptions, free_ports, load_stack


def _options(state: Path, external: StackAddresses | None) -> StackOptions:
    return StackOptions(state, kind=StackKind.EXTERNAL, external=external)


async def test_an_external_stack_needs_its_addresses(tmp_path: Path) -> None:
    with pytest.raises(StackError) as caught:
        await Stack(_options(tmp_path, None)).start(lambda _: None)
    assert caught.value.code == "external_missing"


async def test_an_external_part_that_does_not_answer_is_named(tmp_path: Path) -> None:
    kafka, postgres, redis = (f"{LOOPBACK}:{port}" for port in free_ports(3))
    absent = StackAddresses(kafka, f"postgresql://u:p@{postgres}/db", f"redis://{redis}/0", "elsewhere", True)
    with pytest.raises(StackError, match="the external kafka does not answer"):
        await Stack(_options(tmp_path, absent)).start(lambda _: None)
    assert load_stack(tmp_path) is None
