from typing import Final

from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="viber",
    base_url="https://chatapi.viber.com/pa",
    methods=(Method.PUSH,),
    kinds=("text", "image", "video", "audio (as a link)", "file", "location", "sticker", "quick replies"),
    text_limit="7,000 characters a message; 120 under a picture",
    window="none, while the person is subscribed; 100 messages an hour without an answer",
    idempotency="none; a receipt decides",
    repeat={Method.PUSH: Repeat.NEVER},
    per_account=Bucket(rate=100, burst=100),
    per_recipient=Bucket(rate=100 / 3600, burst=100),
    receipts=True,
)
