"""What a drill is called, and where its numbers go."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import pytest
from drills.catalogue import DRILLS, Drill
from drills.checker import Breach, Wrong
from drills.facts import Entry, Facts
from drills.ledger import Ledger, Outcome, Replied, Sent, Taken
from drills.nemesis import NotHere
from drills.report import as_table, keep_json, read_json, write_page
from drills.verdict import Times, Verdict, judge, unfinished

from drills import __main__ as command

CALM = DRILLS["calm"]
ID = UUID(int=1)
SENT = Sent(ID, "acme", "line/U1", 1, "m1", 2, Outcome.OK)
REPLIED = Replied("key", "acme", ID, "an answer", 1, Outcome.OK)
TAKEN = Taken(ID, "acme", ID, "aiko", Outcome.OK)
NAMED = (
    "name",
    "seed",
    "messages",
    "unknown",
    "lost",
    "duplicated",
    "double_assigned",
    "reordered",
    "recovery_s",
    "verdict",
)


def day() -> Ledger:
    return Ledger([SENT], [REPLIED], taken=[TAKEN])


def verdict_of(done: Ledger, *breaches: Breach, complaints: tuple[str, ...] = ()) -> Verdict:
    return judge(CALM, 7, done, Facts(), breaches, 1, list(complaints), Times(1.26, 2.0))


def test_a_day_without_a_breach_is_ok() -> None:
    assert verdict_of(day()).verdict == "ok"


def test_a_breach_fails_it_and_is_counted_under_its_name() -> None:
    found = verdict_of(day(), Breach(Wrong.LOST, "one"), Breach(Wrong.GAP, "two"))
    assert (found.verdict, found.lost, found.wrong, found.duplicated) == ("failed", 1, 1, 0)


def test_a_drill_in_which_nobody_got_anything_done_is_void() -> None:
    for hollow in (Ledger(replied=[REPLIED], taken=[TAKEN]), Ledger([SENT], taken=[TAKEN]), Ledger([SENT], [REPLIED])):
        assert verdict_of(hollow).verdict == "void"
    refused = replace(REPLIED, outcome=Outcome.FAIL)
    assert verdict_of(Ledger([SENT], [refused], taken=[TAKEN])).verdict == "void"


def test_a_complaint_fails_it_and_an_unstruck_fault_makes_it_void() -> None:
    assert verdict_of(day(), complaints=("a redirect was followed",)).verdict == "failed"
    assert verdict_of(day(), complaints=("void: nothing was told EIO",)).verdict == "void"


def test_answers_that_were_lost_are_unknown_and_answers_that_say_no_are_refused() -> None:
    lost, no = replace(SENT, outcome=Outcome.UNKNOWN), replace(REPLIED, outcome=Outcome.FAIL)
    done = Ledger([SENT, lost], [REPLIED, no], taken=[TAKEN, replace(TAKEN, outcome=Outcome.UNKNOWN)])
    assert (verdict_of(done).unknown, verdict_of(done).refused) == (2, 1)


def test_replies_of_the_drill_that_are_held_are_counted() -> None:
    entries = tuple(
        Entry("acme", ID, datetime(2026, 11, 21, tzinfo=UTC), seq, ID, UUID(int=seq), False, text)
        for seq, text in ((1, REPLIED.text), (2, "of an earlier drill"))
    )
    facts = Facts(entries=entries, deliveries={UUID(int=1): "held", UUID(int=2): "held"})
    assert judge(CALM, 7, day(), facts, (), 1, [], Times(1.0, 2.0)).held == 1


def test_what_this_machine_can_not_play_is_skipped_and_another_end_is_broken() -> None:
    skipped = unfinished(CALM, 7, ExceptionGroup("people", [NotHere("strace is not installed")]))
    assert (skipped.verdict, skipped.ok, skipped.told) == ("skipped", True, ("strace is not installed",))
    assert unfinished(CALM, 7, ValueError("no")).verdict == "broken"


def test_verdicts_join_the_file_and_keep_their_names(tmp_path: Path) -> None:
    path = tmp_path / "drills.json"
    for name in ("zombie", "calm"):
        keep_json(replace(verdict_of(day()), name=name), path)
    keep_json(replace(verdict_of(day()), seed=8), path)
    kept = json.loads(path.read_text("utf-8"))
    assert [(one["name"], one["seed"]) for one in kept] == [("calm", 8), ("zombie", 7)]
    assert kept[0].keys() >= set(NAMED)


def test_the_page_waits_for_every_drill(tmp_path: Path) -> None:
    path, page = tmp_path / "drills.json", tmp_path / "drills.md"
    for name, drill in DRILLS.items():
        assert not page.exists()
        if not drill.long:
            keep_json(replace(verdict_of(day()), name=name, commit="abc1234"), path)
            write_page(read_json(path), page)
    text = page.read_text("utf-8")
    assert all(f"| {name} |" in text for name, drill in DRILLS.items() if not drill.long)
    assert "abc1234" in text


def test_the_page_tells_which_drills_ran_at_an_older_commit(tmp_path: Path) -> None:
    page = tmp_path / "drills.md"
    ran = [replace(verdict_of(day()), name=name, commit="abc1234") for name in ("calm", "zombie", "sigterm")]
    write_page([*ran[:2], replace(ran[2], commit="0ld0000")], page, partial=True)
    assert "at abc1234; at 0ld0000 sigterm: 3 drills" in page.read_text("utf-8")


def test_a_verdict_that_is_not_ok_says_how_to_see_it_again() -> None:
    assert "make drill DRILL=calm SEED=7" in as_table([verdict_of(day(), Breach(Wrong.LOST, "'m1' was accepted"))])


@pytest.fixture
def _heard() -> Iterator[None]:
    """What a shell starts in the background ignores Ctrl-C, and so would its tests."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("_heard")
def test_a_run_that_is_stopped_keeps_its_verdicts_and_leaves_no_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C in the second drill."""
    made: list[Path] = []

    @asynccontextmanager
    async def house(state: Path, *others: object) -> AsyncIterator[None]:
        made.append(state)
        yield

    async def one(drill: Drill, *others: object) -> Verdict:
        if drill.name == "zombie":
            signal.raise_signal(signal.SIGINT)
            await asyncio.sleep(60)
        return replace(verdict_of(day()), name=drill.name)

    monkeypatch.setattr(command, "open_house", house)
    monkeypatch.setattr(command, "_one", one)
    kept = tmp_path / "drills.json"
    assert command.play([CALM, DRILLS["zombie"]], 1, kept) is None
    assert [verdict.name for verdict in read_json(kept)] == ["calm"]
    assert [state.exists() for state in made] == [False]
    assert f"stopped after 1 of 2 drills; their verdicts are in {kept}" in capsys.readouterr().err
