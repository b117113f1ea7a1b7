"""Whether the story holds, from what the house, the sandbox and the span files say afterwards."""

import asyncio
import json
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from madoguchi.journey.search import journey_of
from madoguchi.journey.spans import SpanLine
from madoguchi.story.play import Stage
from madoguchi.story.record import Replied, Written
from runtime.settings import KafkaSettings

SETTLE_SECONDS = 15.0
TRACE_SECONDS = 1.0
POLL_SECONDS = 0.2
_INBOUND = frozenset({"ingest", "case-store", "router"})
_TELLS_READ = frozenset({"whatsapp"})
_DELIVERED = frozenset({"accepted", "sent", "delivered", "read"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """`lost` and `duplicated` count both directions: messages in the history, replies that a person sees."""

    inbound: int
    posts: int
    cases: int
    replies_delivered: int
    lost: int
    duplicated: int
    gaps: int
    traces_complete: int
    expected_cases: int
    expected_replies: int

    @property
    def holds(self) -> bool:
        counted = (self.lost, self.duplicated, self.gaps) == (0, 0, 0)
        as_played = (self.cases, self.replies_delivered) == (self.expected_cases, self.expected_replies)
        return counted and as_played and self.traces_complete == self.inbound > 0

    def line(self) -> str:
        names = ("inbound", "cases", "replies_delivered", "lost", "duplicated", "traces_complete")
        return json.dumps({name: getattr(self, name) for name in names})

    def rows(self) -> list[tuple[str, str, bool]]:
        return [
            ("messages in", f"{self.inbound}, each posted again: {self.posts} webhooks", self.inbound > 0),
            ("cases", str(self.cases), self.cases == self.expected_cases),
            ("replies delivered", str(self.replies_delivered), self.replies_delivered == self.expected_replies),
            ("lost", str(self.lost), self.lost == 0),
            ("duplicated", str(self.duplicated), self.duplicated == 0),
            ("gaps in the histories", str(self.gaps), self.gaps == 0),
            (
                "traces complete",
                f"{self.traces_complete}, from webhook to receipt",
                self.traces_complete == self.inbound,
            ),
        ]


async def judge(stage: Stage) -> Verdict:
    """The last results may still be on their way: looked at until it holds or the time is up."""
    verdict = await _look(stage)
    with suppress(TimeoutError):
        async with asyncio.timeout(SETTLE_SECONDS):
            while not verdict.holds:
                await asyncio.sleep(POLL_SECONDS)
                verdict = await _look(stage)
    return verdict


async def _look(stage: Stage) -> Verdict:
    desk = stage.desks["aiko"]
    cases = await desk.all("case-store", "/v1/cases")
    histories = [await desk.all("case-store", f"/v1/cases/{case['id']}/messages") for case in cases]
    entries = [entry for history in histories for entry in history]
    heard = Counter(id for entry in entries if entry["direction"] == "in" for id in entry["provider_message_ids"])
    answer = await stage.sandbox.get("/_control/visible")
    seen = Counter(item["text"] for item in answer.raise_for_status().json()["items"])
    delivered = [one for one in stage.record.replied if seen[one.text] and _status(one, entries) in _DELIVERED]
    written = [one.provider_message_id for one in stage.record.written]
    return Verdict(
        inbound=len(written),
        posts=sum(one.posts for one in stage.record.written),
        cases=len(cases),
        replies_delivered=len(delivered),
        lost=sum(not heard[id] for id in written) + len(stage.record.replied) - len(delivered),
        duplicated=heard.total() - len(heard) + seen.total() - len(seen),
        gaps=sum([entry["seq"] for entry in history] != list(range(1, len(history) + 1)) for history in histories),
        traces_complete=await _traced(stage),
        expected_cases=len(set(stage.record.cases)),
        expected_replies=len(stage.record.replied),
    )


def _status(replied: Replied, entries: list[Any]) -> str | None:
    return next((entry["status"] for entry in entries if entry["id"] == replied.message_id), None)


async def _traced(stage: Stage) -> int:
    """How many of the customers' messages have one trace, door to door."""
    kafka = KafkaSettings(bootstrap=stage.house.kafka, idempotent=stage.house.idempotent)
    complete = 0
    for written in stage.record.written:
        spans = await journey_of(written.event_id, stage.state / "spans", kafka, TRACE_SECONDS)
        complete += is_complete(written, [one for one in stage.record.replied if one.answers == written], spans)
    return complete


def is_complete(written: Written, replies: list[Replied], spans: list[SpanLine]) -> bool:
    """One trace: webhook, history, routing, then for each reply the send and, where the provider tells, the receipt."""
    traces = {span.trace_id for span in spans if span.attributes.get("messaging.message.id") == written.event_id}
    return any(_leads_through(replies, [span for span in spans if span.trace_id == trace]) for trace in traces)


def _leads_through(replies: list[Replied], trace: list[SpanLine]) -> bool:
    services = {span.service for span in trace}
    sent = {span.attributes.get("madoguchi.message_id") for span in trace if span.service == "notifier"}
    read = {span.attributes.get("messaging.message.id") for span in trace if span.name == "message read"}
    told = {reply.message_id for reply in replies if reply.channel in _TELLS_READ}
    return services >= _INBOUND and sent >= {reply.message_id for reply in replies} and read >= told
