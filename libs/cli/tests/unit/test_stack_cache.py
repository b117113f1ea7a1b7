import asyncio
from pathlib import Path

import pytest

from madoguchi.stack import StackError
from madoguchi.stack.kafka import refuse_unusable
from madoguchi.stack.kafka_jars import kafka_home
from madoguchi.stack.kafka_settings import as_environment, as_properties
from madoguchi.stack.locks import fill_once

POM = "<project><properties><kafka.version>4.3.1</kafka.version></properties></project>"


def _pom(local: Path, text: str) -> Path:
    (local / "kafka").mkdir(parents=True, exist_ok=True)
    (local / "kafka" / "pom.xml").write_text(text, encoding="utf-8")
    return local


async def test_concurrent_starters_fill_a_cache_once(tmp_path: Path) -> None:
    filled = 0

    async def fill(folder: Path) -> None:
        nonlocal filled
        filled += 1
        await asyncio.sleep(0)
        (folder / "jar").write_text("x", encoding="utf-8")

    async with asyncio.TaskGroup() as group:
        for _ in range(3):
            group.create_task(fill_once(tmp_path / "cache", fill))
    assert filled == 1
    assert (tmp_path / "cache" / "jar").read_text(encoding="utf-8") == "x"


async def test_a_half_filled_cache_is_never_used(tmp_path: Path) -> None:
    async def fail(folder: Path) -> None:
        (folder / "half").touch()
        raise StackError("fetch_failed", "the line went dead")

    async def fill(folder: Path) -> None:
        (folder / "whole").touch()

    with pytest.raises(StackError):
        await fill_once(tmp_path / "cache", fail)
    assert not (tmp_path / "cache").exists()
    await fill_once(tmp_path / "cache", fill)
    assert [path.name for path in (tmp_path / "cache").iterdir()] == ["whole"]


def test_a_changed_pom_makes_a_new_place_in_the_cache(tmp_path: Path) -> None:
    before = kafka_home(tmp_path, _pom(tmp_path, POM))
    after = kafka_home(tmp_path, _pom(tmp_path, POM + "\n<!-- changed -->"))
    assert before.version == after.version == "4.3.1"
    assert before.folder != after.folder


@pytest.mark.parametrize(("text", "code"), [("<project/>", "kafka_pom_invalid"), (None, "kafka_pom_missing")])
def test_a_pom_that_pins_nothing_is_refused(tmp_path: Path, text: str | None, code: str) -> None:
    local = tmp_path if text is None else _pom(tmp_path, text)
    with pytest.raises(StackError) as caught:
        kafka_home(tmp_path, local)
    assert caught.value.code == code


@pytest.mark.parametrize("name", ["a,b", "a:b", "a\\b"])
def test_a_path_that_would_break_the_settings_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(StackError, match="path_unusable"):
        refuse_unusable(tmp_path / name)


def test_settings_are_written_for_the_broker_and_for_the_container() -> None:
    settings = {"auto.create.topics.enable": "false", "node.id": "1"}
    assert as_properties(settings) == "auto.create.topics.enable=false\nnode.id=1\n"
    assert as_environment(settings) == {"KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false", "KAFKA_NODE_ID": "1"}
