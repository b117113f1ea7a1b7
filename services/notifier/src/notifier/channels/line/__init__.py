"""LINE, replies out. Secret: `access_token`. Option `video_preview`: the picture (https) that videos show before they play."""

from typing import Final

from notifier.channels.line.capability import CAPABILITY
from notifier.channels.line.classify import classify
from notifier.channels.line.render import render
from notifier.channels.line.sign import sign
from notifier.channels.provider import Channel

LINE: Final = Channel(CAPABILITY, frozenset({"access_token"}), render, classify, sign=sign)
