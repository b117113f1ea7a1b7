from datetime import timedelta
from typing import Final

from contracts.chat import ChatSignal
from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="line",
    base_url="https://api.line.me",
    methods=(Method.REPLY, Method.PUSH),
    kinds=(
        "text",
        "image",
        "video (as a link without the option video_preview)",
        "audio (as a link without its length)",
        "file (as a link)",
        "location",
        "sticker",
        "flex (a template whose payload is the container, its text the alternative)",
        "quick replies",
    ),
    text_limit="5,000 UTF-16 units a bubble, 5 bubbles a request",
    window="reply token about 1 min; push always",
    idempotency="push: X-Line-Retry-Key, 24 h · reply: the token is single-use",
    repeat={Method.REPLY: Repeat.SINGLE_USE, Method.PUSH: Repeat.SAFE},
    known_for={Method.PUSH: timedelta(hours=23, minutes=50)},
    per_account=Bucket(rate=2000, burst=2000),
    per_recipient=None,
    receipts=False,
    signs=(ChatSignal.TYPING, ChatSignal.READ),
)
