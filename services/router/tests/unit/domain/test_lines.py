"""The lines in which agents and work stand, against what a sort of everybody says."""

from random import Random

import pytest

from router.domain.commands import WorkRequested
from router.domain.config import QueueConfig, RoutingConfig
from router.domain.engine import Engine
from router.domain.floor import Floor
from router.domain.model import Agent, ChannelClass, Presence, SkillNeed
from router.domain.ordered import SortedKeys
from router.domain.ready import MAX_LINES, ReadyAgents, agent_order, is_there
from router.domain.signatures import NOBODY, Signatures, has_room, ring_of
from router.domain.state import State
from router.domain.waiting import Lines

QUEUES = {name: QueueConfig(name) for name in ("support", "sales")}
CLASS = ChannelClass.MESSAGING
CONFIG = RoutingConfig(1, QUEUES, "support")


def signatures(count: int):
    """What so many different requests ask for."""
    floor = Floor(CONFIG, State())
    engine = Engine(CONFIG, floor.state)
    for number in range(count):
        skills = (SkillNeed("billing", number + 1),) if number < 10 else (SkillNeed(f"skill-{number}"),)
        engine.decide(WorkRequested(f"case-{number}", 1, "line", CLASS, {}, skills=skills), 1)
    known = Signatures(CONFIG.capacity)
    return [known.of(item) for item in engine.state.work.values()]


def change(dice: Random, agent: Agent, now: int) -> None:
    agent.presence = dice.choice([Presence.AVAILABLE, Presence.AVAILABLE, Presence.AWAY])
    agent.used = {CLASS: dice.randrange(3)}
    agent.idle_since = now
    if dice.random() < 0.2:
        agent.queues = tuple(name for name in QUEUES if dice.random() < 0.7)
    if dice.random() < 0.2:
        agent.skills, agent.rings = {"billing": dice.randrange(1, 11)}, {}


def expected(agents: dict[str, Agent], queue: str, signature) -> list[str]:
    able = [agent for agent in agents.values() if queue in agent.queues and is_there(agent, signature)]
    able = [agent for agent in able if has_room(agent, signature) and ring_of(agent, signature) != NOBODY]
    able.sort(key=lambda agent: agent_order(QUEUES[queue], agent, signature))
    return [agent.agent_id for agent in able]


@pytest.mark.parametrize("kinds", [3, MAX_LINES + 6])
def test_a_line_asked_now_and_then_tells_who_could_take_work_whatever_changed_meanwhile(kinds: int) -> None:
    dice, known = Random(kinds), signatures(kinds)
    agents = {f"a{number}": Agent(f"a{number}", "", (), {}, {CLASS: 2}, 0) for number in range(12)}
    ready, met = ReadyAgents(QUEUES, agents), 0
    for now in range(1, 3_000):
        for agent in dice.sample(list(agents.values()), dice.choice([0, 1, 1, 9])):
            change(dice, agent, now)
            ready.changed(agent.agent_id)
        queue, signature = dice.choice(list(QUEUES)), dice.choice(known[:3] if dice.random() < 0.8 else known)
        told = [agent.agent_id for agent in ready.line(queue, signature, frozenset())]
        assert told == expected(agents, queue, signature)
        met += len(told)
    assert met > 3_000


def test_those_just_freed_stand_in_no_line_until_they_looked_for_work_themselves() -> None:
    (signature,) = signatures(1)
    agents = {name: Agent(name, "", ("support",), {"billing": 5}, {CLASS: 1}, 0) for name in ("ai", "ben")}
    for agent in agents.values():
        agent.presence = Presence.AVAILABLE
    ready = ReadyAgents(QUEUES, agents)
    assert [agent.agent_id for agent in ready.line("support", signature, {"ai"})] == ["ben"]
    assert [agent.agent_id for agent in ready.line("support", signature, frozenset())] == ["ai", "ben"]


def test_keys_stay_in_order_and_the_head_is_known_through_thousands_of_changes() -> None:
    dice, (signature,) = Random(1), signatures(1)
    keys, mirror = SortedKeys(), []
    for number in range(6_000):
        if mirror and dice.random() < (0.2 if number < 3_000 else 0.8):
            key = mirror.pop(0 if dice.random() < 0.5 else dice.randrange(len(mirror)))
            keys.remove(key)
        else:
            key = (dice.randrange(50), dice.randrange(50), f"case-{number}", signature)
            mirror = sorted([*mirror, key], key=lambda each: each[:3])
            keys.add(key)
        assert keys.head is (mirror[0] if mirror else None)
        assert len(keys) == len(mirror)
        if number % 500 == 0:
            assert list(keys) == mirror
            assert [keys.rank(key) for key in mirror] == list(range(len(mirror)))
    with pytest.raises(KeyError):
        keys.remove((99, 0, "case-unknown", signature))


def test_the_heads_of_several_lines_are_in_order() -> None:
    dice, known = Random(2), signatures(4)
    lines, mirror = Lines(0), []
    for number in range(2_000):
        if mirror and dice.random() < 0.5:
            key = mirror.pop(dice.randrange(len(mirror)))
            lines.remove(key)
        else:
            key = (dice.randrange(50), 0, f"case-{number}", dice.choice(known))
            mirror.append(key)
            lines.add(key)
        firsts = {}
        for key in sorted(mirror, key=lambda each: each[:3]):
            firsts.setdefault(key[3], key)
        assert lines.heads == list(firsts.values())


def test_a_new_owner_arranges_its_floor_once(monkeypatch: pytest.MonkeyPatch) -> None:
    engine, arranged, arrange = Engine(CONFIG, State()), [], Floor.arrange
    engine.decide(WorkRequested("case-1", 1, "line", CLASS, {}), 1)

    def counted(floor: Floor, config: RoutingConfig) -> None:
        arranged.append(config.revision)
        arrange(floor, config)

    monkeypatch.setattr(Floor, "arrange", counted)
    records = engine.state.records()
    taken = Engine(CONFIG, State.from_records(records["work"], records["agents"]))
    taken.advance(2)
    assert arranged == [1]
    assert taken.floor.waiting.count("support") == 1
