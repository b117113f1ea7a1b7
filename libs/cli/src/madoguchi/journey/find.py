"""Which traces a message's journey is made of."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from madoguchi.journey.spans import SpanLine

TRACE_ID: Final = re.compile(r"[0-9a-f]{32}")


def traces_in_spans(wanted: str, spans: Iterable[SpanLine]) -> set[str]:
    """By trace id, or by any id that a span carries as an attribute."""
    return {
        span.trace_id
        for span in spans
        if span.trace_id == wanted or any(value == wanted for value in span.attributes.values())
    }


def with_linked(traces: Collection[str], spans: Sequence[SpanLine]) -> set[str]:
    """The same traces and those that name them in a link, or that they name, as far as links lead."""
    edges = [(span.trace_id, link.trace_id) for span in spans for link in span.links]
    known, found = set(traces), set[str]()
    while known != found:
        found = set(known)
        for here, there in edges:
            if here in found or there in found:
                known |= {here, there}
    present = {span.trace_id for span in spans}
    return known & present
