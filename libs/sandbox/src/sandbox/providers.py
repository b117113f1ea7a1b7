"""The miniature providers that need no control of their own. One line each; a new channel adds its two."""

from typing import Final

from sandbox.provider import OpenProvider

PROVIDERS: Final[tuple[OpenProvider, ...]] = ()
