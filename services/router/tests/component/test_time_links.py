"""What time makes due is linked to the trace in which it was armed, also under the next owner."""

from uuid import uuid4

from contracts import routing, sla

HERE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_an_sla_timer_links_to_the_command_that_armed_it(room) -> None:
    room.traceparent = HERE
    await room.deliver(room.work_requested(uuid4()))
    room.traceparent = None
    told = await room.pass_time(minutes=6)
    assert [type(event) for event in told if isinstance(event, sla.SlaWarned)] == [sla.SlaWarned]
    assert room.links == [HERE]


async def test_an_expired_offer_links_to_the_last_command_about_its_case_after_a_restart(room) -> None:
    room.traceparent = HERE
    await room.deliver(routing.SetPresence(agent_id="aiko", presence=routing.Presence.AVAILABLE))
    await room.deliver(room.work_requested(uuid4()))
    room.traceparent = None
    await room.restart()
    told = await room.pass_time(seconds=21)
    assert any(isinstance(event, routing.OfferEnded) for event in told)
    assert room.links == [HERE]


async def test_what_was_armed_in_no_trace_has_no_link(room) -> None:
    await room.deliver(room.work_requested(uuid4()))
    assert await room.pass_time(minutes=6)
    assert room.links == []
