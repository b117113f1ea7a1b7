"""The drills by name."""

from dataclasses import dataclass, field

from drills import nemesis, records
from drills.crash_points import crash_at
from drills.crashing import POINTS
from drills.load import Plan
from drills.nemesis import Fault
from drills.saboteur import lying_ingest


@dataclass(frozen=True, slots=True)
class Drill:
    """`callback` is how WhatsApp's receipts are posted. A drill with `lies` is ok when the checker finds messages lost."""

    name: str
    says: str
    fault: Fault
    plan: Plan = field(default_factory=Plan)
    callback: dict[str, object] | None = None
    lies: bool = False
    settle: float = 120.0


SERVER_ERROR = {"kind": "status", "status": 500, "times": 3}
TOO_MANY = {"kind": "status", "status": 429, "retry_after": 2, "times": 4}
TAKEN_THEN_RESET = {"kind": "accept_then_reset", "times": 3}
HANG = {"kind": "hang", "seconds": 60, "times": 2}
HALF = {"kind": "half_response", "times": 2}
REDIRECT = {"kind": "redirect", "location": "http://169.254.169.254/latest/meta-data/", "times": 2}

DRILLS: dict[str, Drill] = {
    drill.name: drill
    for drill in (
        Drill("calm", "no fault at all; what the others are compared with", nemesis.no_fault),
        Drill("kill-services", "kill -9 of every service, one member or both, at random", nemesis.kill_services),
        Drill("sigterm", "SIGTERM of every member in turn, under load", nemesis.terminate_services),
        Drill("kill-postgres", "kill -9 of Postgres with all its backends, twice", nemesis.kill_postgres),
        Drill("freeze-postgres", "Postgres stands still for 12 s", nemesis.freeze_postgres),
        Drill("kill-kafka", "kill -9 of the broker, started again", nemesis.kill_kafka),
        Drill("freeze-kafka", "the broker stands still for 20 s", nemesis.freeze_kafka),
        Drill("lose-valkey", "FLUSHALL, a freeze, kill -9 of Valkey", nemesis.lose_valkey),
        Drill("zombie", "an owner sleeps past its session, is replaced, wakes up", nemesis.zombie),
        Drill("network", "slow, silent one way, cut: before database, broker and cache", nemesis.networks),
        Drill("provider-500", "500 from every provider", nemesis.providers_fail(SERVER_ERROR)),
        Drill("provider-429", "429 with Retry-After from every provider", nemesis.providers_fail(TOO_MANY)),
        Drill(
            "provider-reset",
            "taken, then reset before the answer; half answers",
            nemesis.providers_fail(TAKEN_THEN_RESET, HALF),
        ),
        Drill("provider-hang", "silence longer than the read's time-out", nemesis.providers_fail(HANG)),
        Drill("provider-unreachable", "connections refused, then a silent network", nemesis.providers_unreachable),
        Drill(
            "early-receipts",
            "every receipt three times, in reverse, before the answer to the send",
            nemesis.no_fault,
            callback={"out_of_order": True, "repeat": 3},
        ),
        Drill("resent", "every webhook posted up to 5 times", nemesis.no_fault, Plan(posts=5, hasty=0.0)),
        Drill("replay", "every topic of the message path produced again from its beginning", records.replay),
        Drill("poison", "records that nobody can read, on every topic", records.poison),
        *(
            Drill(
                f"crash-{point.replace('_', '-')}",
                f"both members of {where.service} die at this point",
                crash_at(point),
            )
            for point, where in POINTS.items()
        ),
        Drill(
            "lying-ingest",
            "both members of ingest answer 2xx and produce nothing, now and then: the checker has to notice",
            lying_ingest,
            Plan(posts=1),
            lies=True,
            settle=10.0,
        ),
    )
}
