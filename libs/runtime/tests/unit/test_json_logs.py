import json
import logging as stdlib
import sys
from uuid import UUID

import pytest

from runtime import logging
from runtime.errors import DependencyDown
from runtime.telemetry import span
from runtime.testing.spans import recorded_spans

CANARY = "返金したいです +81-90-1234-5678"


def written(record: stdlib.LogRecord) -> dict[str, object]:
    line = logging.JsonLines("ingest").format(record)
    assert "\n" not in line
    assert CANARY not in json.loads(line).__repr__()
    loaded: dict[str, object] = json.loads(line)
    return loaded


def record(message: str = "done", *args: object, name: str = "madoguchi.x", **extra: object) -> stdlib.LogRecord:
    return stdlib.getLogger(name).makeRecord(name, stdlib.INFO, "f.py", 1, message, args, None, extra=extra)


def test_a_line_has_the_event_and_the_allowed_fields_only() -> None:
    line = written(record("batch done", topic="inbound.messages", partition=3, count=7, text=CANARY, body=CANARY))
    assert line["event"] == "batch done"
    assert (line["service"], line["topic"], line["partition"], line["count"]) == ("ingest", "inbound.messages", 3, 7)
    assert "text" not in line
    assert "body" not in line


def test_ids_are_written_as_text() -> None:
    line = written(record(message_id=UUID(int=7)))
    assert line["message_id"] == "00000000-0000-0000-0000-000000000007"


def test_arguments_of_a_message_are_never_written() -> None:
    line = written(record("could not parse %s", CANARY, name="some.library"))
    assert line["event"] == "could not parse %s"


def test_only_the_first_line_of_a_message_is_written() -> None:
    line = written(record(f"Task exception was never retrieved\nexception=ValueError('{CANARY}')", name="asyncio"))
    assert line["event"] == "Task exception was never retrieved"


def failing(error: Exception) -> dict[str, object]:
    made = record()
    try:
        try:
            raise KeyError(CANARY)
        except KeyError as cause:
            raise error from cause
    except Exception:
        made.exc_info = sys.exc_info()
    told = written(made)["error"]
    assert isinstance(told, dict)
    return told


def test_an_exception_is_told_by_type_and_frames_without_its_words() -> None:
    told = failing(ValueError(CANARY))
    assert told["type"] == "builtins.ValueError"
    assert told["frames"][-1].endswith(" failing")  # type: ignore[index]  # JSON
    assert told["cause"]["type"] == "builtins.KeyError"  # type: ignore[index]  # JSON


def test_a_failure_of_ours_tells_its_code_and_sentence() -> None:
    told = failing(DependencyDown("the broker can't be reached"))
    assert (told["code"], told["sentence"]) == ("dependency_down", "the broker can't be reached")


def test_a_group_of_exceptions_tells_each_type() -> None:
    told = failing(ExceptionGroup(CANARY, [ValueError(CANARY), TypeError(CANARY)]))
    assert [inner["type"] for inner in told["of"]] == ["builtins.ValueError", "builtins.TypeError"]  # type: ignore[attr-defined]  # JSON


def test_a_line_inside_a_span_carries_its_ids() -> None:
    with recorded_spans() as spans, span("work"):
        line = written(record())
    assert line["trace_id"] == spans.named("work")["trace_id"]
    assert line["span_id"] == spans.named("work")["span_id"]


def test_configure_sends_everything_through_the_formatter(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stdlib.root, "handlers", [])
    monkeypatch.setattr(stdlib.root, "level", stdlib.WARNING)
    logging.configure("router", "INFO")
    logging.get("engine").info("loaded", extra={"count": 2, "text": CANARY})
    stdlib.getLogger("aiokafka").info("chatter %s", CANARY)
    stdlib.getLogger("aiokafka").warning("trouble with %s", CANARY)
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["logger"], line["event"]) for line in lines] == [
        ("madoguchi.engine", "loaded"),
        ("aiokafka", "trouble with %s"),
    ]
