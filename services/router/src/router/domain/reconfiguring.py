"""Work and clocks brought in step with a configuration they were not made under."""

from collections.abc import Iterator

from router.domain.agents import follow_presences, stop_waiting_for
from router.domain.commands import ConfigChanged
from router.domain.config import RoutingConfig, require_valid
from router.domain.events import ConfigApplied, WorkRequeued
from router.domain.floor import Floor
from router.domain.model import WorkItem, WorkState
from router.domain.offers import withdraw_offer
from router.domain.retarget import retarget, select_anew


def config_changed(floor: Floor, command: ConfigChanged) -> None:
    require_valid(command.config)
    before, floor.config = floor.config, command.config
    apply_configuration(floor, before)
    floor.emit(ConfigApplied(floor.now, command.config.revision))


def apply_configuration(floor: Floor, before: RoutingConfig) -> None:
    """State from the store may be older than the configuration, so this runs at the start too. Everybody is matched anew.

    At the start the floor was just arranged by this configuration; a second time would take a fifth of a takeover.
    """
    moved = [item for item in floor.state.work.values() if item.queue not in floor.config.queues]
    for item in moved:
        item.queue = floor.config.default_queue
        floor.work_changed(item)
        floor.emit(WorkRequeued(item.case_id, floor.now, item.queue, item.agent_id, "queue_removed"))
    measured = [_measure(floor, item) for item in floor.state.work.values()]
    if moved or any(measured) or before is not floor.config:
        floor.arrange(floor.config)
    else:
        floor.look_at_calendars()
    for item in moved:
        if item.state is WorkState.OFFERED:
            withdraw_offer(floor, item, "queue_removed")
    follow_presences(floor)
    reselects = _policies(before) != _policies(floor.config)
    for item in floor.state.work.values():
        if reselects or (item.sla_policy is not None and floor.config.policy(item.sla_policy) is None):
            select_anew(floor, item, before, floor.now, "ConfigChanged")
        else:
            retarget(floor, item, before, floor.now, "ConfigChanged")
    for agent_id in sorted(floor.waiting.awaiting):
        stop_waiting_for(floor, agent_id)
    floor.freed.update(floor.state.agents)


def calendar_changed(floor: Floor, queue: str) -> None:
    """A queue that opens gives out what waited."""
    floor.look_at_calendar(queue)
    if queue not in floor.closed:
        floor.freed.update(floor.ready.members(queue))
        floor.queued.update(case_id for case_id in _awaiting(floor) if floor.state.work[case_id].queue == queue)


def _awaiting(floor: Floor) -> Iterator[str]:
    for cases in floor.waiting.awaiting.values():
        yield from cases


def _measure(floor: Floor, item: WorkItem) -> bool:
    """Waiting work takes what the configuration says now, true if that is new; held work keeps what it took."""
    units, also = floor.config.units(item.channel_class), floor.config.also(item.channel_class)
    if item.state is not WorkState.QUEUED or (item.units, item.also) == (units, also):
        return False
    item.units, item.also = units, also
    floor.work_changed(item)
    return True


def _policies(config: RoutingConfig) -> list[tuple[str, int]]:
    return [(policy.name, policy.revision) for policy in config.sla_policies]
