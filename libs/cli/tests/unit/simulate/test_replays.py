"""A recorded past, replayed: exactly as it was under its own configuration, in the expected direction under another."""

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from contracts import routing
from contracts.envelope import Envelope
from madoguchi.errors import Stop
from madoguchi.simulate.outcome import Trial, as_data
from madoguchi.simulate.player import Player
from madoguchi.simulate.replay.compare import compare
from madoguchi.simulate.replay.habits import Patience
from madoguchi.simulate.replay.lives import Life
from madoguchi.simulate.replay.play import replay
from madoguchi.simulate.replay.recording import recording_of
from madoguchi.simulate.replay.staff import people
from madoguchi.simulate.replay.unfold import unfold
from router.domain.config import QueueConfig
from router.domain.events import AgentConfigured, Event
from router.domain.model import QueueMode
from router.domain.policies import Overflow, OverflowAction, OverflowBefore, OverflowWhen
from router.handlers.tell_event import tell_event

MINUTE = 60_000


@pytest.mark.parametrize("overtaking", [False, True])
@pytest.mark.parametrize("seed", range(4))
def test_under_its_own_configuration_every_event_comes_at_its_instant(
    past: Any, seed: int, overtaking: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    yesterday = past(seed, hours=2, overtaking=overtaking)
    recording = yesterday.recording()
    heard: list[tuple[int, str, str]] = []
    follow = Player._follow

    def listen(self: Player, told: tuple[Event, ...]) -> None:
        for event in told:
            if tell_event(event) is not None and not isinstance(event, AgentConfigured):
                heard.append((self.now, type(event).__name__, str(getattr(event, "case_id", ""))))
        follow(self, told)

    monkeypatch.setattr(Player, "_follow", listen)
    story = unfold(recording)
    replay(yesterday.house, recording, story, people(story, yesterday.house, yesterday.house), seed=99)
    was = [
        (moment.at, type(moment.data).__name__, str(getattr(moment.data, "case_id", "")))
        for moment in recording.moments
        if moment.is_event and not isinstance(moment.data, routing.AgentConfigured)
    ]
    assert heard == was
    assert {"OfferEnded", "WorkTransferred", "WorkRequeued", "SlaBreached", "WrapUpStarted"} <= {
        kind for _, kind, _ in was
    }


def test_the_recorded_figures_are_those_of_the_replay_and_warm_up_does_not_count(past: Any) -> None:
    yesterday = past(3)
    whole = compare(yesterday.recording(), yesterday.house, yesterday.house, 1)
    later = compare(yesterday.recording(yesterday.end - 120 * MINUTE), yesterday.house, yesterday.house, 1)
    for trial in (whole, later):
        was, again, new = (outcome.figures for outcome in trial.outcomes)
        assert was == again == new
        assert was["all"]["asked"] == sum(was["all"][end] for end in ("answered", "gave_up", "still_waiting"))
    assert 0 < later.outcomes[0].figures["all"]["asked"] < whole.outcomes[0].figures["all"]["asked"]


def test_the_same_seed_gives_the_same_outcome_to_the_byte(past: Any, in_force: Any, staff: Any) -> None:
    yesterday = past(1, hours=2)
    new = in_force("new", staff(dai=6))

    def digest(seed: int) -> str:
        told = as_data(compare(yesterday.recording(), yesterday.house, new, seed))
        return hashlib.sha256(json.dumps(told | {"seed": 0}).encode()).hexdigest()

    assert digest(1) == digest(1)
    assert len({digest(seed) for seed in range(4)}) > 1, "chance plays a part where nothing was recorded"


def test_one_more_agent_who_speaks_english_serves_refunds_sooner(past: Any, in_force: Any, staff: Any) -> None:
    before, after = last_two(past(2), in_force("new", staff(dai=6, chihiro=6)))
    assert after["queues"]["refunds"]["wait_mean_s"] < before["queues"]["refunds"]["wait_mean_s"]


def test_a_new_agent_keeps_a_colleagues_hours_and_shortens_the_wait(past: Any, in_force: Any, staff: Any) -> None:
    before, after = last_two(past(2), in_force("new", staff(emi=6, fumi=6)))
    assert after["all"]["wait_mean_s"] < before["all"]["wait_mean_s"]
    assert after["all"]["gave_up"] < before["all"]["gave_up"]
    assert after["occupancy"] < before["occupancy"]


def test_an_agent_less_makes_more_customers_give_up(past: Any, in_force: Any, staff: Any) -> None:
    fewer = tuple(agent for agent in staff() if agent.agent_id != "ben")
    before, after = last_two(past(7), in_force("new", fewer))
    assert after["all"]["gave_up"] > before["all"]["gave_up"]
    assert after["all"]["service_level"] < before["all"]["service_level"]


def test_overflow_moves_work_or_turns_it_away(past: Any, in_force: Any) -> None:
    yesterday, told = past(0), {}
    for name, action, target in (
        ("moved", OverflowAction.QUEUE, ("general", None)),
        ("ended", OverflowAction.END, (None, "later")),
    ):
        full = OverflowBefore(OverflowWhen.WAITING_OVER, Overflow(action, *target), 2)
        queues = dict(yesterday.house.config.queues)
        queues["refunds"] = replace(queues["refunds"], overflow_before=(full,))
        before, told[name] = last_two(yesterday, in_force(name, queues=queues))
    assert told["moved"]["overflowed"] > before["overflowed"]
    assert told["moved"]["queues"]["general"]["share"] > before["queues"]["general"]["share"]
    assert told["ended"]["all"]["turned_away"] > 0
    assert told["ended"]["all"]["asked"] == before["all"]["asked"]


def test_in_a_queue_to_pick_from_somebody_picks(past: Any, in_force: Any) -> None:
    shelf = {name: QueueConfig(name, mode=QueueMode.PICK) for name in ("refunds", "general")}
    before, after = last_two(past(7), in_force("new", queues=shelf))
    assert after["missed_offers"] == 0 < before["missed_offers"]
    assert after["all"]["answered"] > before["all"]["answered"] // 2


def test_what_began_before_the_recording_is_left_out_and_told(past: Any) -> None:
    yesterday = past(5)
    from_noon = [one for one in yesterday.envelopes if one.time.hour >= 10]
    trial = compare(recording_of(from_noon, "acme", None, None), yesterday.house, yesterday.house, 1)
    assert any("before the recording begins" in note for note in trial.notes)
    assert any(note.startswith("Never there, as far as was read: ") for note in trial.notes)
    assert trial.told["recording"]["left_out"]["cases that were asked for before the recording begins"] > 0


def test_commands_that_came_twice_count_once(past: Any) -> None:
    yesterday = past(4, hours=1)
    twice: list[Envelope] = [copy for one in yesterday.envelopes for copy in (one, one)]
    once = compare(yesterday.recording(), yesterday.house, yesterday.house, 1)
    again = compare(recording_of(twice, "acme", None, yesterday.end), yesterday.house, yesterday.house, 1)
    assert [one.figures for one in once.outcomes] == [one.figures for one in again.outcomes]


def test_a_recording_in_which_nobody_asked_is_refused(past: Any) -> None:
    yesterday = past(4, hours=1)
    with pytest.raises(
        Stop, match="nobody of acme asked for an agent from 2026-01-05 09:00:00 to 2026-01-05 09:00:00 UTC"
    ):
        compare(yesterday.recording(yesterday.end), yesterday.house, yesterday.house, 1)


def test_patience_by_hand() -> None:
    """Of three who waited, one gave up at 10 and one at 30; who was answered at 20 would have waited longer."""
    seen = Patience(waits((10, True), (20, False), (30, True)))
    assert [seen.ends_after(0, chance) for chance in (0.9, 0.67, 0.5, 0.01)] == [10, 10, 30, 30]
    assert seen.ends_after(10, 0.99) == 30
    assert seen.ends_after(30, 0.01) is None
    assert Patience(waits((20, False))).ends_after(0, 0.0) is None


def waits(*seen: tuple[int, bool]) -> list[Life]:
    return [Life("c", 1, 0, 0, None, "q", wait, not gave_up, gave_up) for wait, gave_up in seen]


def last_two(yesterday: Any, new: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    trial: Trial = compare(yesterday.recording(), yesterday.house, new, 1)
    was, before, after = (outcome.figures for outcome in trial.outcomes)
    assert was == before
    return before, after
