from router.simulation.run import Failure, Result


def report(result: Result) -> str:
    """What was reached, and of a failure the steps that bring it about."""
    lines = [f"{result.steps} steps in {result.days} days"]
    lines += [f"{count:>9}  {kind}" for kind, count in sorted(result.seen.items())]
    if result.failure is not None:
        lines += _failure(result.failure)
    return "\n".join(lines) + "\n"


def _failure(failure: Failure) -> list[str]:
    again = f"python -m router.simulation --seed {failure.seed} --steps {failure.after}"
    return [
        f"FAILED at step {failure.after} of the day with seed {failure.seed}: {failure.error!r}",
        f"play it again: {again}",
        f"{len(failure.steps)} steps are enough:",
        *(f"  {step!r}" for step in failure.steps),
    ]
