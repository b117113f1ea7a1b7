"""Discord's gateway by discord.py, which connects, beats, resumes and unpacks; its own view of the world is not used.

Needs the extra `ingest[discord]`, and the privileged intent MESSAGE_CONTENT for words in servers (not for mentions and direct messages).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import discord

from ingest.domain.shape import mapping, read_json
from runtime import logging

_log: Final = logging.get("ingest.gateway")
_DISPATCH: Final = 0
_TOLD: Final = frozenset(
    {
        "MESSAGE_CREATE",
        "MESSAGE_UPDATE",
        "MESSAGE_DELETE",
        "MESSAGE_DELETE_BULK",
        "MESSAGE_REACTION_ADD",
        "MESSAGE_REACTION_REMOVE",
    }
)
MAX_WAITING: Final = 10_000


class RawDispatches(discord.Client):
    """Puts each dispatch that a conversation consists of into the queue, as it came."""

    def __init__(self, queue: asyncio.Queue[bytes]) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.messages = intents.reactions = intents.message_content = True
        super().__init__(intents=intents, enable_debug_events=True, max_messages=None)
        self._told = queue

    async def on_socket_raw_receive(self, message: str | bytes) -> None:
        """Whatever was received is kept; with too much of it waiting we hang up until it is done."""
        raw = message if isinstance(message, bytes) else message.encode()
        told = mapping(read_json(raw), "a dispatch")
        if told.get("op") == _DISPATCH and told.get("t") in _TOLD:
            self._told.put_nowait(raw)
            if self._told.qsize() >= MAX_WAITING:
                _log.error("the gateway is left until the broker has what was heard", extra={"waiting": MAX_WAITING})
                await self.close()


async def listen(token: str, accept: Callable[[bytes], Awaitable[None]]) -> None:
    """One dispatch after the other, until cancelled. Raises discord.LoginFailure for a wrong token."""
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        group.create_task(_hand_on(queue, accept))
        while True:
            async with RawDispatches(queue) as client:
                await client.start(token)
            await queue.join()


async def _hand_on(queue: asyncio.Queue[bytes], accept: Callable[[bytes], Awaitable[None]]) -> None:
    while True:
        await accept(await queue.get())
        queue.task_done()
