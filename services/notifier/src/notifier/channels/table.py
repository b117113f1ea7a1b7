"""Every channel that replies can leave by."""

from typing import Final

from notifier.channels.line import capability as line_capability
from notifier.channels.line import classify as line_classify
from notifier.channels.line import render as line_render
from notifier.channels.provider import Channel
from notifier.channels.webhook import capability as webhook_capability
from notifier.channels.webhook import classify as webhook_classify
from notifier.channels.webhook import render as webhook_render
from notifier.channels.whatsapp import capability as whatsapp_capability
from notifier.channels.whatsapp import classify as whatsapp_classify
from notifier.channels.whatsapp import render as whatsapp_render

CHANNELS: Final[dict[str, Channel]] = {
    "line": Channel(
        line_capability.CAPABILITY, frozenset({"access_token"}), line_render.render, line_classify.classify
    ),
    "whatsapp": Channel(
        whatsapp_capability.CAPABILITY, frozenset({"access_token"}), whatsapp_render.render, whatsapp_classify.classify
    ),
    "webhook": Channel(
        webhook_capability.CAPABILITY, frozenset({"signing_secret"}), webhook_render.render, webhook_classify.classify
    ),
}
