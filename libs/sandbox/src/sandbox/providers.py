"""The miniature providers that need no control of their own. One line each; a new channel adds its two."""

from typing import Final

from sandbox.meta import open_instagram, open_messenger
from sandbox.provider import OpenProvider
from sandbox.slack import open_slack
from sandbox.telegram import open_telegram
from sandbox.viber import open_viber

PROVIDERS: Final[tuple[OpenProvider, ...]] = (
    open_instagram,
    open_messenger,
    open_slack,
    open_telegram,
    open_viber,
)
