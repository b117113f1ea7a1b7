"""Every mistake in a tenant's files is told with its file and line."""

from pathlib import Path
from textwrap import dedent

import pytest

from madoguchi.apply.mistakes import ConfigWrong
from madoguchi.apply.source import Bundle, load_tenant
from madoguchi.settings import SAMPLE

GOOD = """\
tenant: acme
default_queue: general
queues:
  - id: general
"""


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(dedent(text), encoding="utf-8")
    return folder


def told(folder: Path, environment: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigWrong) as wrong:
        load_tenant(folder, environment or {})
    return [str(mistake).removeprefix(f"{folder}/") for mistake in wrong.value.mistakes]


def test_the_sample_tenant_is_without_mistakes() -> None:
    bundle = load_tenant(SAMPLE, {})
    assert bundle.config.tenant == "acme"
    assert {queue.id for queue in bundle.config.queues} == {"refunds", "orders", "general"}


def test_text_that_is_not_yaml(tmp_path: Path) -> None:
    found = told(written(tmp_path, a=GOOD, b="queues:\n  - id: x\n   name: y\n"))
    assert found[0].startswith("b.yaml:3: not YAML:")


def test_bytes_that_are_not_utf_8(tmp_path: Path) -> None:
    written(tmp_path, a=GOOD)
    (tmp_path / "b.yaml").write_bytes(b"tenant: \xff\n")
    assert told(tmp_path) == ["b.yaml:1: the file is not UTF-8"]


def test_a_file_that_is_a_list(tmp_path: Path) -> None:
    assert told(written(tmp_path, a=GOOD, b="\n- one\n"))[0].startswith("b.yaml:2: the file has to be a mapping")


def test_an_unknown_queue_in_a_rule(tmp_path: Path) -> None:
    rules = """\
    rules:
      - id: refund
        when: message.text.contains("返金")
        queue: refund
    """
    assert told(written(tmp_path, a=GOOD, b=rules)) == ["b.yaml:4: rules.0.queue: there is no queue 'refund'"]


def test_wrong_fields_hide_nothing_that_is_wrong_between_others(tmp_path: Path) -> None:
    rules = """\
    rules:
      - id: wrong
        when: message.text.contains("wrong")
        queue: refund
        priority: first
      - id: to-nowhere
        when: message.text.contains("to-nowhere")
        queue: refunds
    agents:
      - id: aiko
        name: Aiko
        queues: [general, night]
      - id: ben
        name: Ben
        queues: [general]
        capacity: much
    """
    assert told(written(tmp_path, a=GOOD, b=rules)) == [
        "b.yaml:5: rules.0.priority: Input should be a valid integer",
        "b.yaml:8: rules.1.queue: there is no queue 'refunds'",
        "b.yaml:12: agents.0.queues.1: there is no queue 'night'",
        "b.yaml:16: agents.1.capacity: Input should be a valid dictionary",
    ]


def test_what_names_an_entry_that_is_wrong_itself_is_no_mistake_of_its_own(tmp_path: Path) -> None:
    queues = """\
    queues:
      - id: refunds
        colour: red
    rules:
      - id: refund
        when: message.text.contains("refund")
        queue: refunds
      - id: late
        when: message.text.contains("late")
        queue: nowhere
    """
    assert told(written(tmp_path, a=GOOD, b=queues)) == [
        "b.yaml:3: queues.1.colour: there is no field of this name",
        "b.yaml:10: rules.1.queue: there is no queue 'nowhere'",
    ]


def test_an_unknown_part_hides_nothing_either(tmp_path: Path) -> None:
    parts = """\
    quues: []
    rules:
      - id: late
        when: message.text.contains("late")
        queue: nowhere
    """
    assert told(written(tmp_path, a=GOOD, b=parts)) == [
        "b.yaml:1: quues: there is no field of this name",
        "b.yaml:5: rules.0.queue: there is no queue 'nowhere'",
    ]


def test_an_empty_calendar(tmp_path: Path) -> None:
    calendars = """\
    calendars:
      - id: office
        timezone: Asia/Tokyo
        hours: []
    """
    (found,) = told(written(tmp_path, a=GOOD, b=calendars))
    assert found.startswith("b.yaml:4: calendars.0.hours: ")


def test_a_missing_field_is_told_at_its_entry(tmp_path: Path) -> None:
    assert told(written(tmp_path, a=GOOD, b="agents:\n  - id: ben\n    name: Ben\n  - id: aiko\n")) == [
        "b.yaml:4: agents.1.name: this field is required"
    ]


def test_an_unknown_field(tmp_path: Path) -> None:
    assert told(written(tmp_path, a=GOOD + "    prio: 3\n")) == [
        "a.yaml:5: queues.0.prio: there is no field of this name"
    ]


def test_a_key_that_stands_twice(tmp_path: Path) -> None:
    assert "a.yaml:5: the key 'id' stands twice" in told(written(tmp_path, a=GOOD + "    id: other\n"))


def test_the_same_part_in_two_files(tmp_path: Path) -> None:
    (found,) = told(written(tmp_path, a=GOOD, b="\nlanguage: ja\ntenant: acme\n"))
    assert found == f"b.yaml:3: tenant: stands in {tmp_path}/a.yaml:1 already"


def test_lists_of_two_files_are_joined_and_keep_their_lines(tmp_path: Path) -> None:
    more = "queues:\n  - id: night\n  - id: night\n    priority: 12\n"
    found = told(written(tmp_path, a=GOOD, b=more))
    assert found == ["b.yaml:4: queues.2.priority: must be at most 9"]


def test_a_revision_is_not_written_by_people(tmp_path: Path) -> None:
    (found,) = told(written(tmp_path, a=GOOD + "revision: 4\n"))
    assert found.startswith("a.yaml:5: revision: this is set by `madoguchi apply`")


def test_a_rule_that_is_never_reached(tmp_path: Path) -> None:
    rules = """\
    rules:
      - {id: all, when: "true", queue: general}
      - {id: late, when: message.text == "x", queue: general}
    """
    (found,) = told(written(tmp_path, a=GOOD, b=rules))
    assert found.startswith("b.yaml:3: rules.1: this rule is never reached")


def test_options_are_filled_from_the_environment(tmp_path: Path) -> None:
    accounts = """\
    channel_accounts:
      - id: app
        channel: webhook
        options:
          url: ${BASE:-http://127.0.0.1:1}/in
    """
    folder = written(tmp_path, a=GOOD, b=accounts)
    assert _url(load_tenant(folder, {})) == "http://127.0.0.1:1/in"
    assert _url(load_tenant(folder, {"BASE": "https://example.com"})) == "https://example.com/in"


def test_a_variable_that_is_not_set(tmp_path: Path) -> None:
    accounts = "channel_accounts:\n  - id: app\n    channel: webhook\n    options:\n      url: ${BASE}/in\n"
    (found,) = told(written(tmp_path, a=GOOD, b=accounts))
    assert found == "b.yaml:5: channel_accounts.0.options.url: the variable BASE is not set"


def test_aliases_without_end_are_refused(tmp_path: Path) -> None:
    bomb = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"{name}: &{name} [{', '.join(['*' + before] * 10)}]\n" for before, name in zip("abcde", "bcdef", strict=True)
    )
    endless = "the aliases of this file have no end"
    assert told(written(tmp_path, a=bomb)) == [f"a.yaml:1: {endless}"]
    assert told(written(tmp_path, a="queues: &a [*a]\n")) == [f"a.yaml:1: {endless}"]


def test_no_folder_and_an_empty_folder(tmp_path: Path) -> None:
    assert told(tmp_path / "none")[0].endswith("there is no such folder")
    assert told(tmp_path)[0].endswith("the folder holds no .yaml file")


def _url(bundle: Bundle) -> str:
    return bundle.config.channel_accounts[0].options["url"]
