"""Sending dead letters back to where they came from, byte by byte.

First the letter, then its marker: a crash between the two leaves it to be sent again, and the readers' inboxes drop an
event that they have worked on.
"""

from collections.abc import Sequence
from typing import Final

from madoguchi.dead_letters.model import REDRIVEN, DeadLetter
from runtime.batches import RawRecord
from runtime.producer import open_producer
from runtime.settings import KafkaSettings

SECONDS: Final = 15.0


async def redrive(letters: Sequence[DeadLetter], settings: KafkaSettings) -> None:
    """Returns once every replica has them all. Raises OutcomeUnknown or DependencyDown."""
    async with open_producer(settings) as producer:
        for letter in letters:
            await producer.publish_raw([as_it_came(letter)], SECONDS)
            await producer.publish_raw([marker(letter)], SECONDS)


def as_it_came(letter: DeadLetter) -> RawRecord:
    came_from = ("redriven-from", f"{letter.topic}/0/{letter.offset}".encode())
    kept = tuple(header for header in letter.headers if header[0] != "redriven-from")
    return RawRecord(letter.origin, letter.key, letter.value, (*kept, came_from))


def marker(letter: DeadLetter) -> RawRecord:
    return RawRecord(letter.topic, letter.key, b"", ((REDRIVEN, str(letter.offset).encode()),))
