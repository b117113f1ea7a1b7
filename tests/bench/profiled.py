"""`python profiled.py FILE MODULE [ARGUMENT...]` runs a module as a program and samples where its processor time goes.

SIGUSR1 begins a profile, the next one ends it and writes to FILE how many samples each stage, line and stack had; stacks are folded, as
flame graphs are drawn from. The timer counts the process's own processor time, so
an idle program takes no samples. A sample counts for the innermost of our own stages on the stack, whatever library works for it.
"""

import json
import runpy
import signal
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType
from typing import Final

_EVERY_SECONDS: Final = 0.002
_STAGES: Final = (
    ("/contracts/envelope.py", "decode", "read events"),
    ("/contracts/envelope.py", "", "encode events"),
    ("/router/handlers/read_command.py", "", "read events"),
    ("/router/handlers/tell_event.py", "", "tell events"),
    ("/router/handlers/outcomes.py", "", "answer"),
    ("/router/adapters/compile_rules.py", "", "rules in CEL"),
    ("/router/domain/records.py", "", "records"),
    ("/router/domain/", "", "engine"),
    ("/router/adapters/rows.py", "", "records"),
    ("/verify.py", "", "verify"),
    ("/ingest/domain/signature.py", "", "verify"),
    ("/ingest/channels/", "", "parse"),
    ("/ingest/domain/", "", "parse"),
    ("/notifier/channels/", "", "render and classify"),
    ("/notifier/adapters/http.py", "", "call the provider"),
    ("/notifier/adapters/connections.py", "", "call the provider"),
    ("/notifier/adapters/carrier.py", "", "call the provider"),
    ("/adapters/", "", "read and write rows"),
    ("/domain/", "", "handlers"),
    ("/handlers/", "", "handlers"),
    ("/runtime/outbox_lane.py", "", "publish"),
    ("/runtime/outbox.py", "", "outbox rows"),
    ("/runtime/unit_of_work.py", "", "outbox rows"),
    ("/runtime/inbox.py", "", "inbox and lease"),
    ("/runtime/lease.py", "", "inbox and lease"),
    ("/runtime/idempotency.py", "", "idempotency keys"),
    ("/runtime/producer.py", "", "publish"),
    ("/runtime/batches.py", "", "publish"),
    ("/aiokafka/producer/", "", "publish"),
    ("/aiokafka/consumer/", "", "fetch"),
    ("/aiokafka/", "", "fetch or publish"),
    ("/runtime/telemetry.py", "", "spans"),
    ("/runtime/http_spans.py", "_answer", "HTTP"),
    ("/runtime/http_spans.py", "", "spans"),
    ("/opentelemetry/", "", "spans"),
    ("/runtime/consumer.py", "", "fetch"),
    ("/runtime/auth.py", "", "who is it"),
    ("/runtime/jwt.py", "", "who is it"),
    ("/runtime/access.py", "", "who is it"),
    ("/runtime/owner.py", "", "transactions"),
    ("/runtime/batch_commit.py", "", "transactions"),
    ("/runtime/group_commit.py", "", "transactions"),
    ("/asyncpg/", "", "transactions"),
    ("/entrypoints/", "", "entry points"),
    ("/runtime/body_guard.py", "", "HTTP"),
    ("/uvicorn/", "", "HTTP"),
    ("/starlette/", "", "HTTP"),
    ("/fastapi/", "", "HTTP"),
    ("/runtime/app.py", "", "event loop and libraries"),
    ("/runtime/", "", "runtime, else"),
)


class Sampler:
    def __init__(self, file: Path) -> None:
        self._file = file
        self._stages: Counter[str] = Counter()
        self._lines: Counter[str] = Counter()
        self._stacks: Counter[tuple[CodeType, ...]] = Counter()
        self._running = False

    def toggle(self, *_: object) -> None:
        self._running = not self._running
        signal.setitimer(signal.ITIMER_PROF, *((_EVERY_SECONDS, _EVERY_SECONDS) if self._running else (0, 0)))
        if not self._running:
            told = {
                "stages": dict(self._stages.most_common()),
                "lines": dict(self._lines.most_common(60)),
                "stacks": {_folded(codes): count for codes, count in self._stacks.most_common()},
            }
            draft = self._file.with_suffix(".partial")
            draft.write_text(json.dumps(told), "utf-8")
            draft.rename(self._file)
            self._stages, self._lines, self._stacks = Counter(), Counter(), Counter()

    def sample(self, _: int, frame: FrameType | None) -> None:
        if frame is not None:
            self._lines[f"{Path(frame.f_code.co_filename).name}:{frame.f_lineno} {frame.f_code.co_name}"] += 1
        self._stages[_stage_of(frame)] += 1
        self._stacks[_codes(frame)] += 1


def _stage_of(frame: FrameType | None) -> str:
    while frame is not None:
        place, name = frame.f_code.co_filename, frame.f_code.co_name
        for part, function, stage in _STAGES:
            if part in place and (not function or function == name):
                return stage
        frame = frame.f_back
    return "loop and libraries"


def _codes(frame: FrameType | None) -> tuple[CodeType, ...]:
    """The innermost first. Names are made of them when the profile ends."""
    codes: list[CodeType] = []
    while frame is not None:
        codes.append(frame.f_code)
        frame = frame.f_back
    return tuple(codes)


def _folded(codes: tuple[CodeType, ...]) -> str:
    """The outermost first, each as `package/file function`."""
    places = [(Path(code.co_filename), code.co_name) for code in reversed(codes)]
    return ";".join(f"{place.parent.name}/{place.stem} {name}" for place, name in places)


def main() -> None:
    file, module, *arguments = sys.argv[1:]
    sampler = Sampler(Path(file))
    signal.signal(signal.SIGPROF, sampler.sample)
    signal.signal(signal.SIGUSR1, sampler.toggle)
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
