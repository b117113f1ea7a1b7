"""How Python's garbage collector works in a service."""

import gc
from typing import Final

YOUNG: Final = 50_000, 10, 20
"""Python's own 700 young objects are a few requests' worth: the collector was a seventh of what accepting a webhook cost."""


def settle() -> None:
    """What a started service holds stays: the collector looks at none of it again, and at what comes and goes more rarely.

    Nearly all of that goes without the collector, which is there for what refers to itself.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*YOUNG)
