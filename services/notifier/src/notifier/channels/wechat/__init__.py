"""WeChat Official Account, replies out. Secret: `app_secret`; `external_id` (or option `app_id`): the app id, `wx…`."""

from typing import Final

from notifier.channels.provider import Channel
from notifier.channels.wechat.capability import CAPABILITY
from notifier.channels.wechat.classify import classify
from notifier.channels.wechat.grant import GRANT
from notifier.channels.wechat.render import render
from notifier.channels.wechat.sign import sign
from notifier.channels.wechat.upload import UPLOAD

WECHAT: Final = Channel(CAPABILITY, frozenset({"app_secret"}), render, classify, GRANT, sign=sign, upload=UPLOAD)
