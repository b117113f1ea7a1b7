"""What docs/drills.md says before its table."""

METHOD = """# Fault drills

`make drill` runs all of them, `make drill DRILL=zombie SEED=7` one; a verdict that isn't ok prints its seed. `make drill LONG=1` adds the
ten-minute ones. Each runs on real Apache Kafka (one broker, or three with three copies and two in sync), Postgres and Valkey with two
members of every service; each member sees broker, database and cache through TCP proxies of its own, the providers through another.
Customers on LINE, WhatsApp and signed webhooks write in sequence and their providers post again; agents take offers, reply under an
`Idempotency-Key` and resolve, for two tenants.

## What is counted, and by whom

A ledger in the harness, outside the house, notes each request with its outcome: **ok** (an answer that says yes), **refused** (an answer
that says no), **unknown** (no answer in time, or a refusal after an answer was lost: the first request may still have been taken). What
customers saw is counted by the provider sandbox, a process of its own. When the fault is over and all has come to rest, the
checker (`tests/drills/drills/checker.py`) compares ledger and sandbox with history, assignments, SLA ledger, deliveries, topics and dead
letters, read past the services, and with the history as the public API shows it:

- every acknowledged message is in the history once, with its words and its tenant, in its sender's order; an unknown one at most
  once; a refused one never; no case holds the words of two people;
- cases are numbered without gaps; a case never has two active assignments (by the record of assignments, not the end state); who was
  told that a case is theirs had it, and no offer was given to two; an agent never holds more than its capacity;
- every recorded reply is delivered and seen once, by the person whom it answers, and nobody sees what nobody said; one whose fate nobody
  can know (WhatsApp alone: it has no idempotency key) is held, seen at most once; one that a provider turned down for good is failed, and
  not seen;
- SLA warnings and breaches once per clock, no breach early, none left undone: every clock has ended, and one that ended too late was told
  as breached; every assignment is told on `routing.events`;
- what arrived is in the history or among the dead letters; as many dead letters as poisoned records, no more.

The checker is checked: `tests/drills/test_drill_checker.py` plants a skip, a swap, a duplicate, a double assignment and more in a
day on which nothing went wrong; `lying-ingest` is a door that acknowledges and forgets, ok when the loss is noticed. A drill in which
no message, no offer or no reply was accepted, or whose fault struck nobody, is **void**, not ok. **skipped**: this machine lacks what
the fault needs (strace, a C compiler). Crash points are functions wrapped by the harness: the product has no code for them.

*messages*: customers' messages; *webhooks*: the posts they took; *replies*: of agents; *held*: those of them that wait for a person to
decide; *unknown*: of all these and of offers taken;
*recovery s*: from the end of the last fault to a new message's being in the history; *other*: breaches without a column.

Quicker here than as deployed: a consumer's session is 6 s (45), the lease of a delivery 40 s, a provider's silence is waited out for 5 s;
services write no spans. Not shown: e-mail, files, bots and webhooks out under faults, a lost disk, a full disk of the broker's, hours of
outage, a million timers due at once (`make bench BENCH=timers`: 110,000 in ten seconds).
A seed repeats the schedule of faults and people, not the interleaving of processes.
"""
