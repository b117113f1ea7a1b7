from typing import Final

from contracts.chat import ChatSignal
from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="webchat",
    base_url="",
    methods=(Method.PUSH,),
    kinds=("text", "image", "video", "audio", "file", "location", "quick replies"),
    text_limit="none",
    window="none; kept 90 days for the page's return",
    idempotency="one line of the visitor's feed per message",
    repeat={Method.PUSH: Repeat.SAFE},
    per_account=Bucket(rate=1000, burst=1000),
    per_recipient=None,
    receipts=True,
    signs=(ChatSignal.TYPING, ChatSignal.READ),
)
