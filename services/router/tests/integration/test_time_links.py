"""Real spans, real rows: an SLA timer's span points at the trace in which it was armed, though another owner fires it."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from contracts import sla
from contracts.envelope import Envelope
from contracts.topics import ROUTING_COMMANDS
from runtime.producer import Record
from runtime.testing.spans import recorded_spans

pytestmark = pytest.mark.integration
TRACE = "0af7651916cd43dd8448eb211c80319c"


async def test_a_breach_links_to_the_trace_of_the_request(house) -> None:
    request = house.work_requested(uuid4(), "hurry")
    envelope = Envelope(
        uuid4(), house.tenant, "test", datetime.now(UTC), request, traceparent=f"00-{TRACE}-b7ad6b7169203331-01"
    )
    with recorded_spans() as spans:
        async with house.running():
            await house.producer.publish([Record(ROUTING_COMMANDS, house.tenant.encode(), envelope)], timeout=10)
            await house.events.first(sla.SlaApplied, request.case.id)
        async with house.running(house.another_process()):
            await house.events.first(sla.SlaBreached, request.case.id)
        fired = [line for line in spans.lines() if line["name"] == "fire sla_timer"]
    assert fired
    assert {link["trace_id"] for line in fired for link in line["links"]} == {TRACE}
    breached = next(each for each in house.events.envelopes if isinstance(each.data, sla.SlaBreached))
    assert str(breached.traceparent).split("-")[1] in {line["trace_id"] for line in fired}
