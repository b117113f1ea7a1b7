"""What both who tells the agent and who sends must know of reply windows."""

from collections.abc import Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Final

AGENT_TAG_LIFE: Final[Mapping[str, timedelta]] = MappingProxyType(
    {"messenger": timedelta(days=7), "instagram": timedelta(days=7)}
)
"""By channel: for so long after the customer's last message a person, no bot, may answer though the window is closed.

Meta, "Human Agent" tag.
"""
