import argparse
import sys
from typing import Final

from router.simulation.report import never_reached, report
from router.simulation.run import run, run_side_by_side

STEPS_THAT_COVER: Final = 50_000


def main() -> int:
    """Fails on a broken invariant, and when so many steps left a kind of command or event unreached."""
    parser = argparse.ArgumentParser("router.simulation", description="Random days; all invariants after every step.")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first day; the next days count on from here")
    parser.add_argument("--processes", type=int, default=1, help="they share the steps")
    asked = parser.parse_args()
    several = asked.processes > 1
    result = run_side_by_side(asked.steps, asked.seed, asked.processes) if several else run(asked.steps, asked.seed)
    sys.stdout.write(report(result))
    is_covered = result.steps < STEPS_THAT_COVER or not never_reached(result)
    return 0 if result.failure is None and is_covered else 1


if __name__ == "__main__":
    sys.exit(main())
