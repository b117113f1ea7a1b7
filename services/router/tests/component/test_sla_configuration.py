"""A tenant's SLA words as the engine's, and facts about cases as its commands."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest

from contracts import routing, sla
from contracts.base import Contract
from contracts.config import (
    Calendar,
    ChannelAccount,
    ClosingThanks,
    OpenHours,
    SlaAction,
    SlaPolicy,
    SlaTarget,
    SlaWarning,
    SpecialDay,
    SpecialHours,
)
from contracts.values import Author, AuthorKind, CaseFacts, ContentKind, CustomerFacts, MessageFacts
from router.adapters.routing_config import group_config
from router.domain import commands, events
from router.domain.model import MetricName
from router.domain.sla_config import OnReopen, SlaActionKind
from router.domain.sla_config import SlaAction as Action
from router.handlers.read_command import read_command
from router.handlers.tell_event import tell_event

CASE, OTHER = UUID("01a1f65d-3588-7b98-bcf6-23ffc27a9e38"), UUID("01a1f65d-3588-7b98-bcf6-23ffc27a9e39")
AT = datetime(2026, 11, 20, tzinfo=UTC)
AT_MS = int(AT.timestamp() * 1000)
MINUTE = 60_000


def policy_of(room, **changes):
    target = {"metric": "first_response", "target": timedelta(hours=1), **changes.pop("target", {})}
    policy = SlaPolicy(id="p", targets=(SlaTarget(**target),), **changes)
    accounts = (*room.tenant_config().channel_accounts, ChannelAccount(id="pager", channel="webhook"))
    config = group_config(room.tenant_config(sla_policies=(policy,), channel_accounts=accounts), {})
    return config.routing.sla_policies[0]


@pytest.mark.parametrize("metric", list(MetricName))
def test_every_metric_has_its_word(room, metric) -> None:
    assert policy_of(room, target={"metric": metric.value}).metrics[0].metric is metric


def test_warnings_actions_and_pauses_arrive(room) -> None:
    warnings = (
        SlaWarning(percent=50, actions=(SlaAction(tag="slow"),)),
        SlaWarning(left=timedelta(minutes=5), actions=(SlaAction(webhook="pager"),)),
    )
    breach = (SlaAction(raise_priority="by_one"), SlaAction(raise_priority=2), SlaAction(notify_supervisor="lead"))
    read = policy_of(
        room, target={"warnings": warnings, "on_breach": breach}, pause_on=("on_hold", "tag:courier"), bot_answers=True
    )
    (metric,) = read.metrics
    assert [warn.name for warn in metric.warns] == ["80%", "50%", "PT300S"]
    assert metric.actions_at("PT300S") == (Action(SlaActionKind.WEBHOOK, "pager"),)
    assert [(action.kind.value, action.value) for action in metric.on_breach] == [
        ("raise_priority", ""),
        ("raise_priority", "2"),
        ("notify_supervisor", "lead"),
    ]
    assert (metric.pauses, read.bot_reply_counts, read.on_reopen) == (
        frozenset({"on_hold", "tag:courier"}),
        True,
        OnReopen.RESUME,
    )


def test_a_pattern_of_thanks_is_a_regular_expression_and_a_wrong_one_matches_nothing(room) -> None:
    thanks = ClosingThanks(grace=timedelta(minutes=1), max_characters=0, matches="(?i)thank|ありがと")
    read = policy_of(room, closing_thanks=thanks, on_reopen="restart").closing_thanks
    assert read.includes("Many THANKS to all of you", MINUTE)
    assert read.includes("本当にありがとうございました", MINUTE)
    assert not read.includes("Many THANKS to all of you", MINUTE + 1)
    assert not read.includes("Where is it", MINUTE)
    wrong = policy_of(room, closing_thanks=ClosingThanks(max_characters=0, matches="(")).closing_thanks
    assert not wrong.includes("thanks", 0)


def test_special_days_arrive_and_where_holidays_came_from_changes_no_revision(room) -> None:
    def office(**changes):
        hours = (OpenHours(days=("mon",), opens="09:00", until="12:00"),)
        return Calendar(id="office", timezone="UTC", hours=hours, **changes)

    special = SpecialDay(day=date(2026, 11, 24), hours=(SpecialHours(opens="10:00", until="24:00"),))
    config = room.tenant_config(calendars=(office(exceptions=(special,)),))
    calendar = group_config(config, {}).routing.calendars["office"]
    tuesday = int(datetime(2026, 11, 24, tzinfo=UTC).timestamp() * 1000)
    assert calendar.between(tuesday, tuesday + 24 * 60 * MINUTE) == 14 * 60 * MINUTE
    named = room.tenant_config(calendars=(office(exceptions=(special,), holiday_regions=("JP",)),))
    assert group_config(named, group_config(config, {}).parts).parts == group_config(config, {}).parts


@pytest.mark.parametrize("channel", ["line", "whatsapp", "email", "web", "portal-note"])
def test_seen_web_notes_did_not_a_customers_note_by_any_channel_starts_the_clock(channel) -> None:
    said = MessageFacts(id=OTHER, channel=channel, account="x", kind=ContentKind.TEXT, text="And the second one?")
    command = read_command(routing.CustomerWrote(case_id=CASE, message=said, wrote_at=AT), {})
    assert command == commands.CustomerWrote(str(CASE), str(OTHER), AT_MS, "And the second one?")


def test_a_picture_has_no_words(room) -> None:
    said = MessageFacts(id=OTHER, channel="line", account="x", kind=ContentKind.IMAGE)
    command = read_command(routing.CustomerWrote(case_id=CASE, message=said, wrote_at=AT), {})
    assert isinstance(command, commands.CustomerWrote)
    assert command.text is None


@pytest.mark.parametrize(
    ("kind", "facts", "expected"),
    [
        (AuthorKind.AGENT, {}, (False, False, False)),
        (AuthorKind.BOT, {}, (False, True, False)),
        (AuthorKind.SYSTEM, {}, (True, False, False)),
        (AuthorKind.AGENT, {"automatic": True}, (True, False, False)),
        (AuthorKind.AGENT, {"internal": True}, (False, False, True)),
    ],
)
def test_automatic_bot_and_internal_are_told_apart(kind, facts, expected) -> None:
    author = Author(kind=kind, id="aoi")
    replied = routing.AgentReplied(case_id=CASE, message_id=OTHER, author=author, replied_at=AT, **facts)
    command = read_command(replied, {})
    assert isinstance(command, commands.AgentReplied)
    assert (command.automatic, command.bot, command.internal) == expected


def test_facts_pauses_and_merges_are_read() -> None:
    case, customer = CaseFacts(id=CASE, opened_at=AT, tags=("blue",), priority=2), CustomerFacts(id=OTHER, tier="gold")
    changed = read_command(routing.CaseFactsChanged(case=case, customer=customer, changed_at=AT), {})
    assert isinstance(changed, commands.FactsChanged)
    assert (changed.case_id, changed.priority, changed.attributes["case"]["tags"]) == (str(CASE), 2, ["blue"])
    told = routing.CaseFactsChanged(case=case, customer=customer, priority_changed=False, changed_at=AT)
    kept = read_command(told, {})
    assert isinstance(kept, commands.FactsChanged)
    assert (kept.priority, kept.attributes["case"]["priority"]) == (None, 2)
    paused = routing.WorkPaused(case_id=CASE, reason="on_hold", paused_at=AT)
    assert read_command(paused, {}) == commands.WorkPaused(str(CASE), "on_hold", AT_MS)
    resumed = routing.WorkResumed(case_id=CASE, reason="on_hold", resumed_at=AT)
    assert read_command(resumed, {}) == commands.WorkResumed(str(CASE), "on_hold", AT_MS)
    merged = routing.WorkMerged(case_id=CASE, into_case_id=OTHER, merged_at=AT)
    assert read_command(merged, {}) == commands.WorkMerged(str(CASE), str(OTHER), AT_MS)


def test_an_action_and_a_retarget_are_told_in_full() -> None:
    action = events.SlaActionTaken(
        str(CASE), AT_MS, MetricName.RESOLUTION, "p", 3, "80%", SlaActionKind.MOVE_QUEUE, "escalated", True
    )
    told = _read(action)
    assert isinstance(told, sla.SlaActionTaken)
    assert (told.action, told.value, told.at) == (sla.SlaActionKind.MOVE_QUEUE, "escalated", AT)
    entry = {"case_id": str(CASE), "at": AT_MS, "metric": MetricName.RESOLUTION, "policy": "p", "policy_revision": 4}
    clock = {"calendar": "office", "calendar_revision": 2, "target_ms": 5, "started_at": AT_MS, "due_at": AT_MS + 5}
    more = {"remaining_ms": 5, "warns_left": (), "warn_at": None, "version": 2, "cause": "FactsChanged"}
    before = {"used_ms": 1, "previous_policy": "q", "previous_policy_revision": 3, "previous_due_at": AT_MS}
    told = _read(events.SlaRetargeted(**entry, **clock, **more, **before))
    assert isinstance(told, sla.SlaRetargeted)
    assert (told.calendar, told.calendar_revision, told.previous_policy, told.previous_due_at) == ("office", 2, "q", AT)


def _read(event: events.Event) -> Contract:
    telling = tell_event(event)
    assert telling is not None
    return telling.kind.model_validate(telling.data)
