"""`python -m drills [--drill NAME …] [--seed N]`: exit status 1 when a verdict isn't ok."""

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from drills.catalogue import DRILLS, Drill
from drills.house import open_house
from drills.ledger import Ledger
from drills.report import as_table, write_json, write_page
from drills.run import Verdict, broken, run_drill
from madoguchi.settings import ROOT

BROKER = "Apache Kafka (embedded)"


def tell(sentence: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {sentence}\n")


async def run_all(drills: Sequence[Drill], seed: int) -> list[Verdict]:
    """On one house while all goes well; after a verdict that isn't ok, or after a lie, the next drill gets a new one."""
    verdicts: list[Verdict] = []
    waiting = list(drills)
    while waiting:
        state = Path(tempfile.mkdtemp(prefix="madoguchi-drill-"))
        sound = True
        ledger = Ledger()
        async with open_house(state, tell) as house:
            while waiting and sound:
                drill = waiting.pop(0)
                tell(f"{drill.name}: {drill.says}")
                try:
                    verdict = await run_drill(drill, seed, house, ledger, tell)
                except Exception as error:  # one drill's end must not be the others'
                    verdict = broken(drill, seed, error)
                tell(f"{drill.name}: {verdict.verdict}, {verdict.messages} messages, {verdict.faults} faults")
                verdicts.append(verdict)
                sound = verdict.ok and not drill.lies
        if verdicts[-1].ok:
            shutil.rmtree(state, ignore_errors=True)
        else:
            tell(f"logs and data are in {state}")
    return verdicts


def commit() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return f"commit {done.stdout.strip()}" if done.returncode == 0 else "an unknown commit"


def main() -> int:
    parser = argparse.ArgumentParser(prog="drills", description=__doc__)
    parser.add_argument("--drill", action="append", choices=sorted(DRILLS), help="only this one; may be repeated")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--brief", action="store_true", help="fewer customers and messages")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "drills.json", help="where the verdicts go")
    asked = parser.parse_args()
    chosen = (
        [DRILLS[name] for name in asked.drill]
        if asked.drill
        else [drill for drill in DRILLS.values() if not drill.lies]
    )
    if asked.brief:
        chosen = [replace(drill, plan=replace(drill.plan, customers=8, least=3)) for drill in chosen]
    verdicts = asyncio.run(run_all(chosen, asked.seed))
    sys.stdout.write(as_table(verdicts) + "\n")
    write_json(verdicts, asked.json)
    if not asked.drill and not asked.brief:
        write_page(verdicts, ROOT / "docs" / "drills.md", BROKER, commit())
    return 0 if all(one.ok for one in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
