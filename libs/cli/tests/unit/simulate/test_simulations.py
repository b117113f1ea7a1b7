"""Made-up work through real configurations: what is counted, what is refused, what is told."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from madoguchi.__main__ import cli
from madoguchi.apply.mistakes import ConfigWrong
from madoguchi.simulate.arrivals import draw
from madoguchi.simulate.load import Load
from madoguchi.simulate.outcome import play
from madoguchi.simulate.read import House, read_load, require_fit
from madoguchi.simulate.report import render
from madoguchi.simulate.run import START, team_agents
from router.domain.config import QueueConfig, RoutingConfig, SlaMetric, SlaPolicy
from router.domain.model import MetricName, QueueMode

ROOT = Path(__file__).parents[5]
MINUTE = 60_000
LOAD = """\
lasts: PT4H
streams:
  - { name: chats, per_hour: 30, handle: PT5M, patience: PT10M, queue: support }
teams:
  - { name: agent, count: 2, queues: [support, sales] }
"""


def loaded(folder: Path, text: str = LOAD) -> Load:
    path = folder / "load.yaml"
    path.write_text(text, "utf-8")
    return read_load(path).load


def house(name: str = "new", **changes: object) -> House:
    support = QueueConfig("support", mode=QueueMode.AUTO_ASSIGN)
    fields = {"revision": 1, "queues": {"support": support, "sales": QueueConfig("sales")}, "default_queue": "support"}
    return House(name, RoutingConfig(**{**fields, **changes}), ())


def figures(folder: Path, text: str = LOAD, seed: int = 1, **changes: object) -> dict[str, object]:
    (outcome,) = play([house(**changes)], loaded(folder, text), seed).outcomes
    return outcome.figures


def test_the_same_seed_gives_the_same_figures_and_another_seed_others(tmp_path: Path) -> None:
    assert figures(tmp_path) == figures(tmp_path)
    assert figures(tmp_path) != figures(tmp_path, seed=2)


def test_customers_are_the_same_whatever_other_streams_there_are(tmp_path: Path) -> None:
    more = LOAD.replace("teams:", "  - { name: mails, per_hour: 9, handle: PT1M, queue: sales }\nteams:")
    alone, together = draw(loaded(tmp_path), 1, START), draw(loaded(tmp_path, more), 1, START)
    assert alone == [arrival for arrival in together if arrival.stream.name == "chats"]


def test_everyone_who_asks_is_answered_gives_up_or_still_waits(tmp_path: Path) -> None:
    told = figures(tmp_path)["all"]
    assert isinstance(told, dict)
    assert told["asked"] == told["answered"] + told["gave_up"] + told["still_waiting"]
    assert told["gave_up"] > 0
    assert told["still_waiting"] == 0


def test_more_agents_answer_sooner(tmp_path: Path) -> None:
    few, many = (
        play([house()], loaded(tmp_path, LOAD.replace("count: 2", count)), 1).outcomes[0]
        for count in ("count: 2", "count: 6")
    )
    assert many.figures["all"]["service_level"] > few.figures["all"]["service_level"]
    assert many.figures["all"]["wait_p90_s"] < few.figures["all"]["wait_p90_s"]
    assert many.figures["occupancy"] < few.figures["occupancy"]


def test_a_queue_that_nobody_serves_is_left_waiting(tmp_path: Path) -> None:
    text = (
        LOAD.replace("queue: support", "queue: sales")
        .replace("[support, sales]", "[support]")
        .replace("patience: PT10M, ", "")
    )
    told = figures(tmp_path, text)["all"]
    assert isinstance(told, dict)
    assert (told["answered"], told["still_waiting"], told["service_level"]) == (0, told["asked"], None)


def test_breaches_are_the_engines_own(tmp_path: Path) -> None:
    metric = SlaMetric(MetricName.FIRST_RESPONSE, 2 * MINUTE)
    (outcome,) = play([house(sla_policies=(SlaPolicy("p", 1, (metric,)),))], loaded(tmp_path), 1).outcomes
    late = sum(wait >= 120 for wait in outcome.tally.waits_s())
    assert late > 0
    assert outcome.figures["breaches"] == {"first_response": late}


def test_offers_are_looked_at_before_they_are_accepted_and_a_slow_agent_misses_them(tmp_path: Path) -> None:
    queues = {"support": QueueConfig("support", offer_timeout_ms=2_000), "sales": QueueConfig("sales")}
    (slow,) = play([house(queues=queues)], loaded(tmp_path), 1).outcomes
    assert slow.figures["missed_offers"] > 0
    (quick,) = play([house(queues=queues)], loaded(tmp_path, "accept_after: PT1S\n" + LOAD), 1).outcomes
    assert quick.figures["missed_offers"] == 0
    assert min(quick.tally.waits_s()) >= 1


def test_the_warm_up_is_not_counted(tmp_path: Path) -> None:
    told = figures(tmp_path, "warm_up: PT2H\n" + LOAD)["all"]
    whole = figures(tmp_path)["all"]
    assert isinstance(told, dict)
    assert isinstance(whole, dict)
    assert 0 < told["asked"] < whole["asked"]


@pytest.mark.parametrize(
    ("old", "new", "line", "sentence"),
    [
        ("per_hour: 30", "per_hour: 0", 3, "streams.0.per_hour: must be more than 0"),
        ("count: 2", "count: two", 5, "teams.0.count: Input should be a valid integer"),
        ("handle: PT5M", "handle: { kind: gamma, mean: PT5M }", 3, "streams.0.handle.kind: Input should be"),
        ("lasts: PT4H", "lasts: PT4H\nwarm_up: PT4H", 1, "the warm-up takes all the time there is"),
        ("queue: support }", "queue: support, colour: red }", 3, "streams.0.colour: there is no field of this name"),
    ],
)
def test_a_mistake_in_a_load_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, line: int, sentence: str
) -> None:
    with pytest.raises(ConfigWrong) as wrong:
        loaded(tmp_path, LOAD.replace(old, new))
    (mistake,) = wrong.value.mistakes
    assert mistake.line == line
    assert sentence in mistake.sentence


def test_a_load_that_names_unknown_queues_does_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "load.yaml"
    path.write_text(LOAD.replace("queue: support", "queue: nowhere").replace("sales]", "moon]"), "utf-8")
    with pytest.raises(ConfigWrong) as wrong:
        require_fit(read_load(path), house())
    assert [(one.line, one.sentence.split(": ")[0]) for one in wrong.value.mistakes] == [
        (3, "streams.0.queue"),
        (5, "teams.0.queues.1"),
    ]


def test_teams_are_agents_one_by_one(tmp_path: Path) -> None:
    assert [agent.agent_id for agent in team_agents(loaded(tmp_path))] == ["agent-0001", "agent-0002"]


def test_the_report_stands_alone_and_is_the_same_every_time(tmp_path: Path) -> None:
    """A page that a manager opens from a mail: no script, no address, every figure with its unit."""
    trial = play([house("new <1>"), house("店の今の設定", default_queue="sales")], loaded(tmp_path), 1)
    report = render(trial)
    assert report == render(trial)
    assert report.count("<svg") == 3
    assert (
        "<title>What if: new &lt;1&gt; instead of 店の今の設定, on 1 stream of made-up work over 4:00:00</title>"
        in report
    )
    assert "<script" not in report
    assert set(re.findall(r'(?:href|src)="([^#"][^"]*)"', report)) == set()
    shown = Page()
    shown.feed(report)
    assert shown.open == [], "every element is closed"
    rows = {row[0]: row[1:] for row in shown.rows}
    assert rows["figure"] == ["店の今の設定", "new <1>", "change"]
    assert re.fullmatch(r"\d+\.\d %", rows["service level"][0])
    assert re.fullmatch(r"\d+\.\d s|\d+ min \d\d s", rows["wait of 90 in 100 (p90), at most"][1])


class Page(HTMLParser):
    """The tables of a page as rows of text, and the elements left open."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta",):
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)


def test_the_command_holds_two_configurations_against_each_other(tmp_path: Path) -> None:
    acme, page = str(ROOT / "config" / "acme"), tmp_path / "out.html"
    load = tmp_path / "load.yaml"
    load.write_text(
        (ROOT / "libs" / "cli" / "samples" / "monday.yaml").read_text("utf-8").replace("PT10H", "PT2H"), "utf-8"
    )
    arguments = ["simulate", "--config", acme, "--against", acme, "--load", str(load), "--seed", "7"]
    told = CliRunner().invoke(cli, [*arguments, "--json", "--html", str(page)], env={"MADOGUCHI_STATE": str(tmp_path)})
    assert told.exit_code == 0, told.output
    data = json.loads(told.stdout)
    old, new = data["outcomes"]
    assert (data["seed"], new) == (7, old)
    assert sum(queue["share"] for queue in new["queues"].values()) == pytest.approx(1, abs=1e-5)
    assert page.read_text("utf-8").count("<svg") == 3
    table = CliRunner().invoke(cli, arguments, env={"MADOGUCHI_STATE": str(tmp_path)})
    assert "service level" in table.output
