"""How Python's garbage collector works where an engine lives."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG = 50_000, 10, 20


@contextmanager
def loading() -> Iterator[None]:
    """What is loaded stays for long: the collector looks at it neither now, again and again while it grows (half of the time that
    50,000 items take), nor later, hundreds of milliseconds at a time.

    What a decision makes is mostly gone after its batch, so the collector waits for more than Python's 700 objects before it
    looks at the young, and rarely at all: with what a floor of 4,000 items holds that was a third of firing a timer.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.set_threshold(*YOUNG)
        gc.enable()
