from typing import Final

from contracts.chat import ChatSignal
from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="telegram",
    base_url="https://api.telegram.org",
    methods=(Method.PUSH,),
    kinds=(
        "text",
        "image",
        "video",
        "audio",
        "file (up to 10 MiB; by URL PDF, ZIP, GIF, others as links)",
        "location",
        "sticker",
        "quick replies",
    ),
    text_limit="4,096 UTF-16 units a message; 1,024 under a file",
    window="none, until the person blocks the bot",
    idempotency="none",
    repeat={Method.PUSH: Repeat.NEVER},
    per_account=Bucket(rate=30, burst=30),
    per_recipient=Bucket(rate=1, burst=5),
    attaches_bytes=10 * 1024 * 1024,
    place="chat_id",
    per_group=Bucket(rate=20 / 60, burst=20),
    receipts=False,
    signs=(ChatSignal.TYPING, ChatSignal.READ),
)
