"""The miniature providers that need no control of their own. One line each; a new channel adds its two."""

from typing import Final

from sandbox.mailgun import open_mailgun
from sandbox.postmark import open_postmark
from sandbox.provider import OpenProvider
from sandbox.sendgrid import open_sendgrid
from sandbox.ses import open_ses

PROVIDERS: Final[tuple[OpenProvider, ...]] = (
    open_mailgun,
    open_postmark,
    open_sendgrid,
    open_ses,
)
