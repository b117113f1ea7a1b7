"""The miniature providers that need no control of their own. One line each; a new channel adds its two."""

from typing import Final

from sandbox.mailgun import open_mailgun
from sandbox.meta import open_instagram, open_messenger
from sandbox.postmark import open_postmark
from sandbox.provider import OpenProvider
from sandbox.sendgrid import open_sendgrid
from sandbox.ses import open_ses
from sandbox.slack import open_slack
from sandbox.teams import open_teams
from sandbox.twilio import open_twilio
from sandbox.vonage import open_vonage
from sandbox.wechat import open_wechat

PROVIDERS: Final[tuple[OpenProvider, ...]] = (
    open_instagram,
    open_mailgun,
    open_messenger,
    open_postmark,
    open_sendgrid,
    open_ses,
    open_slack,
    open_teams,
    open_twilio("twilio_sms"),
    open_twilio("twilio_whatsapp"),
    open_vonage,
    open_wechat,
)
