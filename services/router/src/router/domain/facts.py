"""What changes about a case while it is open: its own facts and its customer's."""

from router.domain import retarget
from router.domain.commands import FactsChanged
from router.domain.events import Refusal
from router.domain.floor import Floor
from router.domain.model import WorkItem
from router.domain.sla_config import PRIORITIES


def facts_changed(floor: Floor, command: FactsChanged) -> Refusal | None:
    """Work is not routed anew; its SLA policy is selected anew, and a tag may pause or resume clocks."""
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    item.attributes = {**item.attributes, **command.attributes}
    floor.work_changed(item)
    floor.reorder(item)
    if command.priority is not None:
        set_priority(floor, item, min(max(command.priority, PRIORITIES[0]), PRIORITIES[-1]))
    retarget.select_anew(floor, item, floor.config, command.at, "FactsChanged")
    return None


def set_priority(floor: Floor, item: WorkItem, priority: int) -> None:
    """Waiting work moves to its new place in the order."""
    item.priority = priority
    floor.reorder(item)
    floor.work_changed(item)
