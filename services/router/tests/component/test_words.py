"""The router speaks and understands all of its topics' words."""

from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, get_args
from uuid import uuid4

from contracts import routing
from contracts.catalogue import EVENT_TYPES
from contracts.topics import ROUTING_COMMANDS, ROUTING_EVENTS
from contracts.values import Author, AuthorKind
from router.domain import commands
from router.domain.events import Event
from router.domain.model import ChannelClass
from router.handlers import examples, views
from router.handlers import read_command as reading
from router.handlers import tell_event as telling
from router.handlers.read_command import read_command

NOW = datetime(2026, 11, 21, 9, 30, 0, 123_999, tzinfo=UTC)


def test_every_command_of_the_topic_is_understood() -> None:
    assert {kind.__name__ for kind in reading._READERS} == set(ROUTING_COMMANDS.events)


def test_every_event_of_the_topic_is_told_and_only_the_configuration_stays_inside() -> None:
    assert {kind.__name__ for kind in telling._TELLERS} == set(ROUTING_EVENTS.events)
    kinds = {kind.__name__ for kind in get_args(Event)}
    assert kinds - set(ROUTING_EVENTS.events) == {"ConfigApplied"}


def test_events_are_named_alike_inside_and_outside() -> None:
    for kind in telling._TELLERS:
        outside: Any = EVENT_TYPES[kind.__name__]
        assert {"case_id", "agent_id"} & set(outside.model_fields) & {field.name for field in fields(kind)}


def test_what_a_request_says_reaches_the_rules(room) -> None:
    case_id = uuid4()
    contract = room.work_requested(case_id, text="返金", last_agent_id="ken", reopened=True, fields={"order": "A-1"})
    command = read_command(contract, {"line-main": ChannelClass.ASYNC})
    assert isinstance(command, commands.WorkRequested)
    assert (command.case_id, command.last_agent, command.reopened) == (str(case_id), "ken", True)
    assert command.channel_class is ChannelClass.ASYNC
    seen: Any = command.attributes
    assert (seen["message"]["text"], seen["customer"]["tags"], seen["case"]["fields"]) == (
        "返金",
        ["vip"],
        {"order": "A-1"},
    )


def test_an_instant_is_rounded_down_so_that_nothing_is_early() -> None:
    author = Author(kind=AuthorKind.BOT, id="bot")
    replied = routing.AgentReplied(case_id=uuid4(), message_id=uuid4(), author=author, replied_at=NOW)
    command = read_command(replied, {})
    assert isinstance(command, commands.AgentReplied)
    assert command.at % 1000 == 123
    assert (command.automatic, command.bot, command.agent_id) == (False, True, None)


def test_a_requeue_without_an_agent_is_a_supervisors() -> None:
    command = read_command(routing.RequeueWork(case_id=uuid4()), {})
    assert isinstance(command, commands.RequeueWork)
    assert command.agent_id is None


def test_an_event_that_nobody_knows_yet_is_passed_over() -> None:
    assert read_command(routing.WorkDone(case_id=uuid4(), reason="x", done_at=NOW), {}) is None


def test_the_examples_of_the_api_are_true_to_it() -> None:
    assert views.OfferShown.model_validate(examples.OFFER_EXAMPLE, extra="forbid").outcome == "open"
    assert views.WorkShown.model_validate(examples.WORK_EXAMPLE, extra="forbid").sla[0].status == "running"
    assert views.AgentShown.model_validate(examples.AGENT_EXAMPLE, extra="forbid").load == {"messaging": 1}
