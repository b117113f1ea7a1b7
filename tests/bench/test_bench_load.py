"""The load generator leaves out nothing that it sent, least of all what took longest."""

import asyncio

import load
import pytest
from load import Job, Outcome

RATE = 400.0
ANSWERED = 3


async def open_loop(job: Job) -> Outcome:
    generator = load._Generator(job)
    await generator.connect()
    return await generator.run()


async def test_requests_that_are_never_answered_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door answers three and falls silent: of eight connections each waits, and the others' requests wait for one."""
    monkeypatch.setattr(load, "_DRAIN_SECONDS", 0.2)
    left, guests = iter(range(ANSWERED)), list[asyncio.StreamWriter]()

    async def door(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        guests.append(writer)
        while await reader.read(65536):
            if next(left, None) is not None:
                writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

    server = await asyncio.start_server(door, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        told = await open_loop(Job(port, "acme", "secret", "open", seconds=0.1, rate=RATE, connections=8))
        for guest in guests:
            guest.close()
            await guest.wait_closed()
    count = int(RATE * 0.1)
    assert (told.answered, told.lost) == (ANSWERED, count - ANSWERED)
    assert len(set(told.unknown)) == count - ANSWERED
