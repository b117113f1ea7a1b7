"""Twilio, replies out by SMS, MMS and WhatsApp. Secret: `auth_token`. `external_id`: our number. Options: `account_sid`,
`messaging_service_sid`, `status_callback` (the URL of our door, for receipts), `choices_<n>` (WhatsApp, see `choices`).
"""

from typing import Final

from notifier.channels.provider import Channel
from notifier.channels.twilio.capability import SMS, WHATSAPP
from notifier.channels.twilio.classify import classify
from notifier.channels.twilio.render import fits_template, render_sms, render_whatsapp
from notifier.channels.twilio.sign import sign

TWILIO_SMS: Final = Channel(SMS, frozenset({"auth_token"}), render_sms, classify)
TWILIO_WHATSAPP: Final = Channel(
    WHATSAPP, frozenset({"auth_token"}), render_whatsapp, classify, fits_template=fits_template, sign=sign
)
