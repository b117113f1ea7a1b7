import argparse
import sys

from router.simulation.report import report
from router.simulation.run import run


def main() -> int:
    parser = argparse.ArgumentParser("router.simulation", description="Random days; all invariants after every step.")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    result = run(asked.steps, asked.seed)
    sys.stdout.write(report(result))
    return 0 if result.failure is None else 1


sys.exit(main())
