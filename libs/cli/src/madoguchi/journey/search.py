"""From an id to its journey: spans first, topics when no span carries the id."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from madoguchi.journey.find import TRACE_ID, traces_in_spans, with_linked
from madoguchi.journey.spans import SpanLine, read_spans
from madoguchi.journey.topics import traces_on_topics
from runtime.settings import KafkaSettings

POLL_SECONDS = 0.25


async def journey_of(wanted: str, folder: Path, kafka: KafkaSettings | None, wait: float) -> list[SpanLine]:
    """Empty when nobody knows the id within `wait` seconds. `kafka` is None when no house runs."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + wait
    while True:
        spans = await asyncio.to_thread(read_spans, folder)
        traces = traces_in_spans(wanted, spans)
        if not TRACE_ID.fullmatch(wanted) and kafka is not None:
            traces |= await traces_on_topics(wanted, kafka)
        found = _of(with_linked(traces, spans), spans)
        if found or loop.time() >= deadline:
            return found
        await asyncio.sleep(POLL_SECONDS)


def _of(traces: set[str], spans: Sequence[SpanLine]) -> list[SpanLine]:
    return [span for span in spans if span.trace_id in traces]
