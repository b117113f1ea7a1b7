"""Every topic that the router listens to."""

from typing import Final

from contracts.topics import ROUTING_COMMANDS
from runtime.processing import ProcessorFactory, Subscription

CONSUMER: Final = "router.commands"


def subscription(owners: ProcessorFactory, max_batch: int = 500) -> Subscription:
    return Subscription(CONSUMER, ROUTING_COMMANDS, owners, max_batch)
