"""Vonage SMS, replies out. Secret: `api_secret`. `external_id`: our number or sender name. Options: `api_key`, `status_callback`."""

from typing import Final

from notifier.channels.provider import Channel
from notifier.channels.vonage_sms.capability import CAPABILITY
from notifier.channels.vonage_sms.classify import classify
from notifier.channels.vonage_sms.render import render

VONAGE_SMS: Final = Channel(CAPABILITY, frozenset({"api_secret"}), render, classify)
