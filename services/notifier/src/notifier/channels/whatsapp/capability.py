from typing import Final

from contracts.chat import ChatSignal
from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="whatsapp",
    base_url="https://graph.facebook.com/v23.0",
    methods=(Method.FREE_FORM, Method.TEMPLATE),
    kinds=("text", "image", "video", "audio", "file", "location", "sticker", "template", "quick replies"),
    text_limit="4,096 characters a message; 1,024 in a template",
    window="free-form within 24 h of the customer's last message, else a template",
    idempotency="none; a receipt decides",
    repeat={Method.FREE_FORM: Repeat.NEVER, Method.TEMPLATE: Repeat.NEVER},
    per_account=Bucket(rate=80, burst=80),
    per_recipient=Bucket(rate=1 / 6, burst=45),
    attaches_bytes=10 * 1024 * 1024,
    receipts=True,
    signs=(ChatSignal.TYPING, ChatSignal.READ),
)
