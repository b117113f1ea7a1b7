"""A recording three ways: as it was, under the configuration in force, and under the one in question."""

from collections.abc import Iterator
from typing import Any

from contracts.base import format_instant
from contracts.routing import ConfigureAgent
from madoguchi.errors import Stop
from madoguchi.simulate.outcome import Outcome, Trial
from madoguchi.simulate.read import House
from madoguchi.simulate.replay.play import replay
from madoguchi.simulate.replay.recorded import recorded
from madoguchi.simulate.replay.recording import Recording
from madoguchi.simulate.replay.staff import absent, people
from madoguchi.simulate.replay.unfold import Story, unfold
from router.handlers.instants import instant

RECORDED = "recorded"


def compare(recording: Recording, baseline: House, new: House, seed: int) -> Trial:
    """What the baseline's replay differs by from what was recorded is the replay's own error. Raises Stop."""
    story = unfold(recording)
    if not any(life.asked_at >= recording.counted_from for life in story.lives):
        raise Stop(f"nobody of {recording.tenant} asked for an agent {_span(recording)}")
    outcomes = [Outcome(RECORDED, recorded(baseline, recording, story))]
    for house in (baseline, new):
        tally = replay(house, recording, story, people(story, house, baseline), seed)
        outcomes.append(Outcome(house.name, tally))
    title = f"{recording.tenant}: {new.name} instead of {baseline.name}, on what came {_span(recording)}"
    notes = tuple(_notes(recording, story, baseline))
    return Trial(title, outcomes, {"recording": _as_data(recording, story)}, seed, reference=1, notes=notes)


def _as_data(recording: Recording, story: Story) -> dict[str, Any]:
    return {
        "tenant": recording.tenant,
        "begins": _told(recording.begins),
        "from": _told(recording.counted_from),
        "to": _told(recording.until),
        "commands": len(recording.commands),
        "events": len(recording.decided),
        "cases": len({life.case_id for life in story.lives}),
        "left_out": dict(sorted(story.left_out.items())),
    }


def _notes(recording: Recording, story: Story, baseline: House) -> Iterator[str]:
    for what, count in sorted(story.left_out.items()):
        yield f"Left out: {count} {what}."
    config = recording.config
    if config is not None and _millis(config) > recording.counted_from:
        yield f"Revision {config.revision} is in force since {format_instant(config.applied_at)} only; before, another one was."
    if missing := absent(story, baseline):
        yield f"Never there, as far as was read: {', '.join(missing)}."
    known = {agent.agent_id for agent in baseline.agents}
    known |= {one.data.agent_id for one in story.agents if isinstance(one.data, ConfigureAgent)}
    busy = {answer.agent_id for life in story.lives for answer in life.answers}
    if strangers := sorted(busy - known):
        yield f"Put by the API before what was read, so missing in the replays: {', '.join(strangers)}."


def _millis(config: Any) -> int:
    return int(config.applied_at.timestamp() * 1000)


def _told(at_ms: int) -> str:
    return format_instant(instant(at_ms))


def _span(recording: Recording) -> str:
    return f"from {_told(recording.counted_from)} to {_told(recording.until)}"
