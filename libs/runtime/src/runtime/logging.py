"""JSON lines on standard error. Only the fields named here are ever written; the words of customers are not among them."""

import logging
import sys
import traceback
from datetime import UTC, datetime
from typing import Final

import orjson
from typing_extensions import override

from runtime import telemetry
from runtime.errors import Failure

FIELDS: Final = frozenset(
    """account agent_id agents attempt batch case_id causation_id channel check code consumer conversation_id count customer_id
    delivery_id depth epoch event event_id group host internal_port kind lane lease message_id method offset outcome
    partition phase port queue reason retryable revision route secret_name seconds sentence seq signal size source state_hash status tenant
    topic type variable version waiting work_id""".split()  # noqa: SIM905  # a table of words
)
_ROOT: Final = "madoguchi"
_MAX_TEXT: Final = 300


class JsonLines(logging.Formatter):
    """`event` (our message, a constant sentence), the allowed extra fields, trace ids, and of an exception its type and frames."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    @override
    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "service": self._service,
            "logger": record.name,
            "event": self._event(record),
        }
        line |= {name: _short(value) for name, value in vars(record).items() if name in FIELDS}
        if ids := telemetry.trace_ids():
            line["trace_id"], line["span_id"] = ids
        if record.exc_info and record.exc_info[1]:
            line["error"] = describe(record.exc_info[1])
        return orjson.dumps(line, default=str).decode()

    @staticmethod
    def _event(record: logging.LogRecord) -> str:
        """Arguments may quote a message, and so may what asyncio writes below its first line."""
        return str(record.msg).partition("\n")[0][:_MAX_TEXT]


def _short(value: object) -> object:
    return value[:_MAX_TEXT] if isinstance(value, str) else value


def describe(error: BaseException) -> dict[str, object]:
    """What may be told of an exception: type, frames, causes; the sentence only of our own failures."""
    described: dict[str, object] = {"type": f"{type(error).__module__}.{type(error).__qualname__}"}
    if isinstance(error, Failure):
        described |= {"code": error.code, "sentence": error.sentence, "retryable": error.retryable}
    described["frames"] = [
        f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)[-20:]
    ]
    if isinstance(error, BaseExceptionGroup):
        described["of"] = [describe(inner) for inner in error.exceptions[:5]]
    cause = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    if cause is not None:
        described["cause"] = describe(cause)
    return described


def configure(service: str, level: str = "INFO") -> None:
    """The whole process logs this way from now on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines(service))
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger(_ROOT).setLevel(level)


def get(name: str) -> logging.Logger:
    """A logger below `madoguchi`. Write a constant sentence and put what varies into `extra`."""
    return logging.getLogger(f"{_ROOT}.{name}")
