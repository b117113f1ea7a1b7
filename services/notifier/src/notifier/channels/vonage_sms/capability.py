from typing import Final

from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="vonage_sms",
    base_url="https://rest.nexmo.com",
    methods=(Method.PUSH,),
    kinds=("text", "files and location (as links)"),
    text_limit="10 segments: 1,530 GSM septets, or 670 UTF-16 units",
    window="none",
    idempotency="none; a receipt decides",
    repeat={Method.PUSH: Repeat.NEVER},
    per_account=Bucket(rate=30, burst=30),
    per_recipient=None,
    receipts=True,
)
