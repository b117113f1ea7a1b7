"""The miniature providers that need no control of their own. One line each; a new channel adds its two."""

from typing import Final

from sandbox.provider import OpenProvider
from sandbox.slack import open_slack

PROVIDERS: Final[tuple[OpenProvider, ...]] = (open_slack,)
