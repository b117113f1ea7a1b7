"""Work and clocks brought in step with a configuration they were not made under."""

from router.domain.commands import ConfigChanged
from router.domain.config import RoutingConfig, require_valid
from router.domain.events import ConfigApplied, WorkRequeued
from router.domain.floor import Floor
from router.domain.model import WorkState
from router.domain.offers import withdraw_offer
from router.domain.retarget import retarget


def config_changed(floor: Floor, command: ConfigChanged) -> None:
    require_valid(command.config)
    before, floor.config = floor.config, command.config
    adopt(floor, before)
    floor.emit(ConfigApplied(floor.now, command.config.revision))


def adopt(floor: Floor, before: RoutingConfig) -> None:
    """State from the store may be older than the configuration, so this runs at the start too. Everybody is matched anew."""
    moved = [item for item in floor.state.work.values() if item.queue not in floor.config.queues]
    for item in moved:
        item.queue = floor.config.default_queue
        floor.work_changed(item)
        floor.emit(WorkRequeued(item.case_id, floor.now, item.queue, item.agent_id, "queue_removed"))
    floor.arrange(floor.config)
    for item in moved:
        if item.state is WorkState.OFFERED:
            withdraw_offer(floor, item, "queue_removed")
    for item in floor.state.work.values():
        retarget(floor, item, before)
    floor.freed.update(floor.state.agents)
