"""Slack, replies out. Secret: `bot_token`."""

from typing import Final

from notifier.channels.provider import Channel
from notifier.channels.slack.capability import CAPABILITY
from notifier.channels.slack.classify import classify
from notifier.channels.slack.render import render
from notifier.channels.slack.upload import UPLOAD

SLACK: Final = Channel(CAPABILITY, frozenset({"bot_token"}), render, classify, upload=UPLOAD)
