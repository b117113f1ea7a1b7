"""The miniature providers that need no control of their own. One line each; a new channel adds its two."""

from typing import Final

from sandbox.discord import open_discord
from sandbox.kakao import open_kakao
from sandbox.meta import open_instagram, open_messenger
from sandbox.provider import OpenProvider
from sandbox.slack import open_slack
from sandbox.teams import open_teams
from sandbox.telegram import open_telegram
from sandbox.twilio import open_twilio
from sandbox.viber import open_viber
from sandbox.vonage import open_vonage
from sandbox.wechat import open_wechat
from sandbox.x import open_x

PROVIDERS: Final[tuple[OpenProvider, ...]] = (
    open_discord,
    open_instagram,
    open_kakao,
    open_messenger,
    open_slack,
    open_telegram,
    open_viber,
    open_teams,
    open_twilio("twilio_sms"),
    open_twilio("twilio_whatsapp"),
    open_vonage,
    open_wechat,
    open_x,
)
