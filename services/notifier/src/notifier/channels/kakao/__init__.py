"""KakaoTalk, replies out: once through a skill's callback, and by the billed Event API where an event block is set up.

Secret: `rest_api_key` (Event API); `external_id`: the bot's id. Options: `event`, the name of the event block; `callback_hosts`,
further hosts of callbacks, by commas.
"""

from typing import Final

from notifier.channels.kakao.capability import CAPABILITY
from notifier.channels.kakao.classify import classify
from notifier.channels.kakao.render import render
from notifier.channels.provider import Channel

KAKAO: Final = Channel(CAPABILITY, frozenset({"rest_api_key"}), render, classify)
