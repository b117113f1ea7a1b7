"""`python -m drills [--drill NAME …] [--seed N]`: exit status 1 when a verdict isn't ok.

Each verdict joins build/drills.json as it falls; when that file has one of every drill, docs/drills.md is written from it.
"""

import argparse
import asyncio
import logging
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from drills.catalogue import DRILLS, Drill
from drills.house import DrilledHouse, open_house
from drills.ledger import Ledger
from drills.report import as_table, keep_json, read_json, write_page
from drills.run import run_drill
from drills.verdict import Verdict, skipped, unfinished
from madoguchi.settings import ROOT

KEPT = ROOT / "build" / "drills.json"
STOPPED = 130
"""What a shell says of a program that Ctrl-C ended."""


def tell(sentence: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {sentence}\n")


async def run_all(drills: Sequence[Drill], seed: int, keep: Callable[[Verdict], None]) -> list[Verdict]:
    """On one house while all goes well; after a breach, or after a lie, the next drill gets a new one."""
    verdicts: list[Verdict] = []
    waiting = list(drills)
    while waiting:
        state = Path(tempfile.mkdtemp(prefix="madoguchi-drill-"))
        try:
            verdicts += await _on_one_house(waiting, seed, state, keep)
        except asyncio.CancelledError:
            shutil.rmtree(state, ignore_errors=True)
            raise
        if verdicts[-1].ok:
            shutil.rmtree(state, ignore_errors=True)
        else:
            tell(f"logs and data are in {state}")
    return verdicts


async def _on_one_house(waiting: list[Drill], seed: int, state: Path, keep: Callable[[Verdict], None]) -> list[Verdict]:
    """Takes from `waiting` what it plays, at least one."""
    verdicts: list[Verdict] = []
    brokers = waiting[0].brokers
    async with open_house(state, tell, brokers) as house:
        ledger = Ledger()
        while waiting and waiting[0].brokers == brokers:
            drill = waiting.pop(0)
            verdict = replace(await _one(drill, seed, house, ledger), commit=commit())
            verdicts.append(verdict)
            keep(verdict)
            if verdict.lasting or verdict.verdict == "failed" or drill.lies:
                break
    return verdicts


def play(drills: Sequence[Drill], seed: int, kept: Path) -> list[Verdict] | None:
    """None when somebody stopped it (Ctrl-C): the house is gone, the drill that was under way has no verdict."""
    done: list[str] = []

    def keep(verdict: Verdict) -> None:
        keep_json(verdict, kept)
        done.append(verdict.name)

    try:
        return asyncio.run(run_all(drills, seed, keep))
    except KeyboardInterrupt:
        tell(f"stopped after {len(done)} of {len(drills)} drills; their verdicts are in {kept}")
        return None


async def _one(drill: Drill, seed: int, house: DrilledHouse, ledger: Ledger) -> Verdict:
    tell(f"{drill.name}, seed {seed}: {drill.says}")
    if absent := [name for name in drill.needs if shutil.which(name) is None]:
        return skipped(drill, seed, f"{absent[0]} is not installed")
    try:
        verdict = await run_drill(drill, seed, house, ledger, tell)
    except Exception as error:  # one drill's end must not be the others'
        verdict = unfinished(drill, seed, error)
    counts = f"{verdict.messages} messages, {verdict.replies} replies, {verdict.faults} faults"
    tell(f"{drill.name}: {verdict.verdict}, {counts}, recovered in {verdict.recovery_s} s")
    return verdict


def commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() if done.returncode == 0 else "unknown"


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="drills", description=__doc__)
    parser.add_argument("--drill", action="append", choices=sorted(DRILLS), help="only this one; may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--long", action="store_true", help="those that last longer than two minutes too")
    parser.add_argument("--brief", action="store_true", help="fewer customers and messages")
    parser.add_argument("--json", type=Path, default=KEPT, help="where the verdicts go; those of other drills stay")
    parser.add_argument("--partial", action="store_true", help="write docs/drills.md though some have no verdict yet")
    return parser.parse_args()


def main() -> int:
    asked = _asked()
    names = asked.drill or [drill.name for drill in DRILLS.values() if not drill.long or asked.long]
    chosen = [DRILLS[name] for name in names]
    if asked.brief:
        chosen = [replace(drill, plan=replace(drill.plan, customers=8, least=3)) for drill in chosen]
    logging.basicConfig(handlers=[logging.NullHandler()])  # what clients think of a house under fire
    verdicts = play(chosen, asked.seed, asked.json)
    if verdicts is None:
        return STOPPED
    sys.stdout.write(as_table(verdicts) + "\n")
    if asked.json == KEPT:
        write_page(read_json(KEPT), ROOT / "docs" / "drills.md", asked.partial)
    return 0 if all(one.ok for one in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
