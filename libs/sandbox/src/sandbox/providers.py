"""The miniature providers that need no control of their own. One line each; a new channel adds its two."""

from typing import Final

from sandbox.meta import open_instagram, open_messenger
from sandbox.provider import OpenProvider
from sandbox.slack import open_slack
from sandbox.teams import open_teams
from sandbox.twilio import open_twilio
from sandbox.vonage import open_vonage
from sandbox.wechat import open_wechat

PROVIDERS: Final[tuple[OpenProvider, ...]] = (
    open_instagram,
    open_messenger,
    open_slack,
    open_teams,
    open_twilio("twilio_sms"),
    open_twilio("twilio_whatsapp"),
    open_vonage,
    open_wechat,
)
