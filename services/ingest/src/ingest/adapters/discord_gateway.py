"""Discord's gateway by discord.py, which connects, beats, resumes and unpacks; its own view of the world is not used.

Needs the extra `ingest[discord]`, and the privileged intent MESSAGE_CONTENT for words in servers (not for mentions and direct messages).
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

import discord
from discord.gateway import DiscordWebSocket
from discord.http import Route

from ingest.domain.shape import mapping, read_json
from runtime import logging

_log: Final = logging.get("ingest.gateway")
API_URL: Final = "https://discord.com/api/v10"
GATEWAY_URL: Final = "https://gateway.discord.gg"
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
PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 300.0


class RawDispatches(discord.Client):
    """Puts each dispatch that a conversation consists of into the queue, as it came."""

    def __init__(self, queue: asyncio.Queue[bytes]) -> None:
        intents = discord.Intents.none()
        intents.guilds = intents.messages = intents.reactions = intents.message_content = True
        super().__init__(intents=intents, enable_debug_events=True, max_messages=None)
        self._told = queue
        self.was_ready = False

    async def on_ready(self) -> None:
        self.was_ready = True

    async def on_socket_raw_receive(self, message: str | bytes) -> None:
        """Whatever was received is kept; with too much of it waiting we hang up until it is done."""
        raw = message if isinstance(message, bytes) else message.encode()
        told = mapping(read_json(raw), "a dispatch")
        if told.get("op") == _DISPATCH and told.get("t") in _TOLD:
            self._told.put_nowait(raw)
            if self._told.qsize() >= MAX_WAITING:
                _log.error("the gateway is left until the broker has what was heard", extra={"waiting": MAX_WAITING})
                await self.close()


def at(api: str, gateway: str) -> None:
    """Where Discord is, for every connection of this process. The library keeps both as its own constants."""
    Route.BASE = api
    address = type(DiscordWebSocket.DEFAULT_GATEWAY)
    DiscordWebSocket.DEFAULT_GATEWAY = address("ws" + gateway.removeprefix("http"))


async def listen(
    account: str,
    token: str,
    accept: Callable[[bytes], Awaitable[None]],
    wait: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """One dispatch after the other, until cancelled. A connection that is refused is tried again, whatever the reason: a token may be
    corrected at the provider, and other accounts have nothing to do with it.
    """
    queue: asyncio.Queue[bytes] = asyncio.Queue()
    failures = 0
    async with asyncio.TaskGroup() as group:
        group.create_task(_hand_on(queue, accept))
        while True:
            client = RawDispatches(queue)
            reason = await _connected(client, token)
            failures = 0 if client.was_ready else failures + 1
            if reason is not None:
                _log.error("the gateway is not heard", extra={"account": account, "code": reason})
                await wait(min(PAUSE_SECONDS * 2 ** max(failures - 1, 0), LONGEST_PAUSE_SECONDS))
            await queue.join()


async def _connected(client: "RawDispatches", token: str) -> str | None:
    """Until it is closed. Why it could not be kept; None: we hung up."""
    try:
        async with client:
            await client.start(token)
    except Exception as error:  # noqa: BLE001  # no account's connection may end the process that the others live in
        return type(error).__name__
    return None


async def _hand_on(queue: asyncio.Queue[bytes], accept: Callable[[bytes], Awaitable[None]]) -> None:
    while True:
        await accept(await queue.get())
        queue.task_done()
