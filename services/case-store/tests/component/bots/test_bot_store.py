"""What a bot's turn costs and leaves behind: statements, traces, figures, and nothing when it was not committed."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest

from case_store.adapters.postgres_handlings import PostgresHandlings
from case_store.handlers.hand_over import Note, hand_over_case
from contracts.envelope import Envelope, decode
from contracts.handling import BotAsked, HandlingChanged
from contracts.outbound import SendRequested
from contracts.routing import WorkRequested
from runtime import metrics
from runtime.errors import DependencyDown
from runtime.testing.spans import recorded_spans

pytestmark = pytest.mark.integration


async def test_a_batch_that_fails_at_its_end_comes_again_whole(bots, monkeypatch) -> None:
    plain, failed = PostgresHandlings._write, []

    async def write(self: Any, changes: Any) -> None:
        await plain(self, changes)
        if not failed:
            failed.append(True)
            raise DependencyDown("the database went away after the last statement")

    monkeypatch.setattr(PostgresHandlings, "_write", write)
    await bots.write("担当者をお願いします")
    assert failed
    assert [type(event) for event in await bots.emitted(HandlingChanged, WorkRequested)] == [
        HandlingChanged,
        HandlingChanged,
        WorkRequested,
    ]
    assert await bots.house.value("SELECT count(*) FROM message") == 1


async def test_a_hand_over_that_was_not_committed_did_not_happen(bots) -> None:
    case_id = await bots.write()
    await bots.emitted()
    with pytest.raises(DependencyDown):
        async with bots.house.transactions.begin("acme") as unit:
            await hand_over_case(case_id, "faq", 2, Note(reason="x"), bots.clock._works(unit))
            raise DependencyDown("the process died before the commit")
    assert (await bots.emitted(), (await bots.state(case_id))[0]) == ([], "bot")
    assert (await bots.reply(case_id, 2)).status_code == 201


async def test_a_row_that_another_writer_changed_is_never_overwritten(bots) -> None:
    """Should a handler forget to lock the case, the version in the store still decides."""
    case_id = await bots.write()
    async with bots.house.transactions.begin("acme") as unit:
        held = await PostgresHandlings(unit).of(case_id)
    assert (await bots.reply(case_id, 2)).status_code == 201
    with pytest.raises(DependencyDown):
        async with bots.house.transactions.begin("acme") as unit:
            await PostgresHandlings(unit).save(held, held)


async def test_changes_of_hands_are_counted_when_they_are_committed(bots) -> None:
    def counted() -> float:
        labels = {"state": "queued", "reason": "customer_asked"}
        return metrics.REGISTRY.get_sample_value("madoguchi_handling_changes_total", labels) or 0.0

    before = counted()
    await bots.write("担当者をお願いします")
    assert counted() == before + 1


async def test_a_bots_answer_and_a_hand_over_go_on_in_the_trace_of_the_question(bots) -> None:
    trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    with recorded_spans():
        asked = Envelope(
            uuid4(), "acme", "ingest", datetime.now(UTC), bots.house.line_message(), f"00-{trace}-00f067aa0ba902b7-01"
        )
        await bots.house.deliver_enveloped(asked)
        (turn,) = await bots.turns()
        await bots.reply(UUID(turn["case_id"]), turn["version"])
        await bots.ask("POST", f"cases/{turn['case_id']}/bot/handover", {})
    rows = await bots.house.database.system.fetch("SELECT value FROM outbox ORDER BY id")
    told = [decode(bytes(row["value"])) for row in rows]
    traces = {type(each.data): (each.traceparent or "").split("-")[1] for each in told}
    assert {traces[kind] for kind in (BotAsked, SendRequested, HandlingChanged, WorkRequested)} == {trace}


async def test_a_batch_for_a_bot_needs_the_same_statements_whatever_it_holds(bots, statements) -> None:
    people = [f"B{number}" for number in range(12)]
    await bots.house.deliver(*(bots.house.line_message(person) for person in people))
    counts = set()
    for count, each in ((2, 1), (12, 1), (12, 4)):
        statements.clear()
        await bots.house.deliver(*(bots.house.line_message(person) for person in people[:count] for _ in range(each)))
        counts.add(len(statements))
    assert len(counts) == 1
    assert len(await bots.turns()) == len(people)
