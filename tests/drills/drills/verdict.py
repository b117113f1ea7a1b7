"""What came of a drill, in numbers."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from drills.catalogue import Drill
from drills.checker import Breach, Wrong
from drills.facts import Facts
from drills.ledger import Ledger, Outcome
from drills.nemesis import NotHere

COUNTED = (Wrong.LOST, Wrong.DUPLICATED, Wrong.DOUBLE_ASSIGNED, Wrong.REORDERED)
_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Verdict:
    """Customers' `messages` took `webhooks` posts; agents sent `replies`, of which `held` wait for a person to decide, as nobody can
    know whether they were delivered. `refused` were answered no, `unknown` not at all.

    `recovery_s`: from the end of the last fault to a new message's being in the history; `settle_s`: until all was at rest.
    `history`, `assignments`, `visible` and `sla_lines` were compared: all of the house's, not of this drill alone. `wrong` counts
    the breaches that have no column of their own. `verdict` is ok, failed, void (the fault did not strike), skipped (this machine
    can't play it) or broken. What is `lasting` would show in the house's next drill too.
    """

    name: str
    seed: int
    verdict: str
    messages: int = 0
    webhooks: int = 0
    replies: int = 0
    held: int = 0
    faults: int = 0
    unknown: int = 0
    refused: int = 0
    lost: int = 0
    duplicated: int = 0
    double_assigned: int = 0
    reordered: int = 0
    wrong: int = 0
    history: int = 0
    assignments: int = 0
    visible: int = 0
    sla_lines: int = 0
    recovery_s: float = 0.0
    settle_s: float = 0.0
    commit: str = ""
    told: tuple[str, ...] = ()
    lasting: bool = False

    @property
    def ok(self) -> bool:
        return self.verdict in ("ok", "skipped")

    def as_json(self) -> dict[str, Any]:
        return {name: value for name, value in asdict(self).items() if name != "lasting"}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Self:
        return cls(**{**kept, "told": tuple(kept["told"])})


@dataclass(frozen=True, slots=True)
class Times:
    recovery: float
    settle: float


def judge(
    drill: Drill,
    seed: int,
    done: Ledger,
    facts: Facts,
    breaches: Sequence[Breach],
    faults: int,
    complaints: list[str],
    took: Times,
) -> Verdict:
    """`done` is what people did in this drill alone."""
    wrong = Counter(breach.wrong for breach in breaches)
    complaints = [*complaints, *hollow(done)]
    return Verdict(
        name=drill.name,
        seed=seed,
        verdict=_word(drill, breaches, complaints),
        lasting=bool(breaches),
        messages=len(done.sent),
        webhooks=sum(one.posts for one in done.sent),
        replies=len(done.replied),
        held=_held(done, facts),
        faults=faults,
        unknown=done.unknown,
        refused=sum(one.outcome is Outcome.FAIL for one in (*done.sent, *done.replied)),
        lost=wrong[Wrong.LOST],
        duplicated=wrong[Wrong.DUPLICATED],
        double_assigned=wrong[Wrong.DOUBLE_ASSIGNED],
        reordered=wrong[Wrong.REORDERED],
        wrong=sum(count for kind, count in wrong.items() if kind not in COUNTED),
        history=len(facts.entries),
        assignments=sum(held.kind == "assignment" for held in facts.held),
        visible=len(facts.visible),
        sla_lines=len(facts.sla),
        recovery_s=round(took.recovery, 1),
        settle_s=round(took.settle, 1),
        told=_told(breaches, complaints),
    )


def _held(done: Ledger, facts: Facts) -> int:
    texts = {one.text for one in done.replied}
    said = [entry.message_id for entry in facts.entries if not entry.inbound and entry.text in texts]
    return sum(facts.deliveries.get(message_id) == "held" for message_id in said)


def hollow(done: Ledger) -> list[str]:
    """A drill in which nobody got anything done proves nothing."""
    parts = {"message": done.sent, "reply": done.replied, "offer": done.taken}
    return [
        f"void: no {name} was accepted"
        for name, all_ in parts.items()
        if not any(one.outcome is Outcome.OK for one in all_)
    ]


def skipped(drill: Drill, seed: int, reason: str) -> Verdict:
    return Verdict(drill.name, seed, "skipped", told=(reason,))


def unfinished(drill: Drill, seed: int, error: BaseException) -> Verdict:
    """It could not be carried through: this machine has no means, or the drill itself is broken."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, NotHere):
        return Verdict(drill.name, seed, "skipped", lasting=True, told=(str(error),))
    story = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'without a word'}"
    return Verdict(drill.name, seed, "broken", lasting=True, told=(story,))


def _word(drill: Drill, breaches: Sequence[Breach], complaints: list[str]) -> str:
    if drill.lies:
        return "ok" if any(breach.wrong is Wrong.LOST for breach in breaches) else "failed"
    if not breaches and not complaints:
        return "ok"
    return "void" if not breaches and all(one.startswith("void") for one in complaints) else "failed"


def _told(breaches: Sequence[Breach], complaints: list[str]) -> tuple[str, ...]:
    told = [*complaints, *(f"{breach.wrong}: {breach.sentence}" for breach in breaches)]
    more = [f"and {len(told) - _SHOWN} more"] if len(told) > _SHOWN else []
    return tuple(told[:_SHOWN] + more)
