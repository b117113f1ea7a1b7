"""What a bot's part of the configuration cannot know of the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from contracts.problems import Path, Problem, known

if TYPE_CHECKING:
    from contracts.config import TenantConfig
    from contracts.config_bots import Bot


def bots(config: TenantConfig) -> Iterator[Problem]:
    accounts = {account.id for account in config.channel_accounts}
    channels = {account.channel for account in config.channel_accounts}
    served: dict[tuple[str, str], str] = {}
    for i, bot in enumerate(config.bots):
        path: Path = ("bots", i)
        yield from _handover(path, bot, config)
        if not bot.accounts and not bot.channels:
            yield Problem(path, "name the accounts or the channels that this bot serves")
        for place, names, there in (("accounts", bot.accounts, accounts), ("channels", bot.channels, channels)):
            for j, name in enumerate(names):
                yield from known((*path, place, j), name, there, place[:-1].replace("account", "channel account"))
                yield from _once((*path, place, j), bot, (place, name), served)
        if bot.answer_within < bot.lease:
            yield Problem((*path, "answer_within"), "this is less than the lease")


def _once(path: Path, bot: Bot, place: tuple[str, str], served: dict[tuple[str, str], str]) -> Iterator[Problem]:
    """Of those that are switched on."""
    if bot.enabled:
        first = served.setdefault(place, bot.id)
        if first != bot.id:
            yield Problem(path, f"the bot '{first}' serves '{place[1]}' already")


def _handover(path: Path, bot: Bot, config: TenantConfig) -> Iterator[Problem]:
    queues = {queue.id for queue in config.queues}
    yield from known((*path, "handover", "queue"), bot.handover.queue, queues, "queue")
    for skill in bot.handover.skills:
        yield from known((*path, "handover", "skills", skill), skill, set(config.skills), "skill")
