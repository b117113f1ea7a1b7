"""The drills by name."""

from dataclasses import dataclass, field

from drills import changes, cluster, nemesis, networks, providers, records
from drills.clocks import clock_jumps
from drills.crash_points import crash_at
from drills.crashing import POINTS
from drills.disks import postgres_disk
from drills.load import Plan
from drills.nemesis import Fault
from drills.saboteur import lying_ingest


@dataclass(frozen=True, slots=True)
class Drill:
    """`callback` is how WhatsApp's receipts are posted. A drill with `lies` is ok when the checker finds messages lost.

    `brokers` of the house and programs of the machine are what it needs; a `long` one lasts minutes and is only run when asked for.
    """

    name: str
    says: str
    fault: Fault
    plan: Plan = field(default_factory=Plan)
    callback: dict[str, object] | None = None
    lies: bool = False
    settle: float = 120.0
    brokers: int = 1
    long: bool = False
    needs: tuple[str, ...] = ()


SERVER_ERROR = {"kind": "status", "status": 500, "times": 3}
TOO_MANY = {"kind": "status", "status": 429, "retry_after": 2, "times": 4}
TAKEN_THEN_RESET = {"kind": "accept_then_reset", "times": 3}
HANG = {"kind": "hang", "seconds": 60, "times": 2}
HALF = {"kind": "half_response", "times": 2}
REDIRECT = {"kind": "redirect", "location": "/redirected/latest/meta-data/", "times": 2}

DRILLS: dict[str, Drill] = {
    drill.name: drill
    for drill in (
        Drill("calm", "no fault at all; what the others are compared with", nemesis.no_fault),
        Drill("kill-services", "kill -9 of every service, one member or both, at random", nemesis.kill_services),
        Drill("sigterm", "SIGTERM of every member in turn, under load", nemesis.terminate_services),
        Drill("kill-postgres", "kill -9 of Postgres with all its backends, twice", nemesis.kill_postgres),
        Drill("freeze-postgres", "Postgres stands still for 12 s", nemesis.freeze_postgres),
        Drill("kill-kafka", "kill -9 of the broker, started again", nemesis.kill_kafka(1, 5)),
        Drill("kafka-away", "the broker is dead for a minute", nemesis.kill_kafka(60, 60)),
        Drill("freeze-kafka", "the broker stands still for 20 s", nemesis.freeze_kafka),
        Drill("lose-valkey", "FLUSHALL, a freeze, kill -9 of Valkey", nemesis.lose_valkey),
        Drill("power-cut", "kill -9 of all services, broker, database and cache at once", nemesis.power_cut),
        Drill("freeze-services", "every member of every service stands still in turn", nemesis.freeze_services),
        Drill(
            "zombie",
            "an owner sleeps past its session, is replaced, wakes up: case store, router",
            nemesis.zombie("case-store", "router"),
        ),
        Drill("zombie-notifier", "the same of the notifier, while it sends", nemesis.zombie("notifier")),
        Drill(
            "rebalance-storm", "strangers join every consumer group and leave, again and again", cluster.rebalance_storm
        ),
        Drill("network", "slow, silent one way, cut: before database, broker and cache", networks.networks),
        Drill("split", "one member of every service sees no broker, then no database", networks.split),
        Drill("clock-jumps", "wall clocks of services and database jump, each on its own", clock_jumps, needs=("cc",)),
        Drill(
            "disk-full",
            "every write of Postgres fails with ENOSPC for 4 s",
            postgres_disk("pwrite64,pwritev,pwritev2,fallocate,ftruncate", "ENOSPC", 4),
            needs=("strace",),
        ),
        Drill(
            "disk-broken",
            "every fsync of Postgres fails with EIO for 3 s, then it is started on a sound disk",
            postgres_disk("fsync,fdatasync", "EIO", 3, replaced=True),
            needs=("strace",),
        ),
        Drill("provider-500", "500 from every provider", providers.providers_fail(SERVER_ERROR)),
        Drill("provider-429", "429 with Retry-After from every provider", providers.providers_fail(TOO_MANY)),
        Drill(
            "provider-reset",
            "taken, then reset before the answer; half answers",
            providers.providers_fail(TAKEN_THEN_RESET, HALF),
        ),
        Drill("provider-hang", "silence longer than the read's time-out", providers.providers_fail(HANG)),
        Drill(
            "provider-redirect",
            "redirected elsewhere, as to a metadata address: nobody may follow",
            providers.providers_fail(REDIRECT),
        ),
        Drill("provider-unreachable", "connections refused, then a silent network", providers.providers_unreachable),
        Drill(
            "early-receipts",
            "every receipt three times, in reverse, before the answer to the send",
            nemesis.no_fault,
            callback={"out_of_order": True, "repeat": 3},
        ),
        Drill("resent", "every webhook posted up to 5 times", nemesis.no_fault, Plan(posts=5, hasty=0.0)),
        Drill("replay", "every topic of the message path produced again from its beginning", records.replay),
        Drill("poison", "records that nobody can read, on every topic", records.poison),
        Drill(
            "config-changes",
            "new and unreadable revisions of both tenants' configuration, under load",
            changes.change_configuration,
        ),
        Drill(
            "timers-at-once",
            "no router lives while 150 customers' clocks run out; all are due at one instant",
            changes.timers_at_once,
            Plan(customers=150, least=1, most=1, pause=1.0),
        ),
        *(
            Drill(
                f"crash-{point.replace('_', '-')}",
                f"both members of {where.service} die at this point",
                crash_at(point),
            )
            for point, where in POINTS.items()
        ),
        Drill("kill-leader", "3 brokers: kill -9 of the one that leads, twice", cluster.kill_leaders, brokers=3),
        Drill(
            "kill-majority", "3 brokers: kill -9 of two; nothing may be acknowledged", cluster.kill_majority, brokers=3
        ),
        Drill("kafka-away-long", "the broker is dead for ten minutes", nemesis.kill_kafka(600, 600), long=True),
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
