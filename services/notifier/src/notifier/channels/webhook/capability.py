from typing import Final

from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="webhook",
    base_url="",
    methods=(Method.WEBHOOK,),
    kinds=("every kind, as JSON",),
    text_limit="none",
    window="none",
    idempotency="webhook-id, kept by the receiver",
    repeat={Method.WEBHOOK: Repeat.SAFE},
    per_account=Bucket(rate=50, burst=50),
    per_recipient=None,
    receipts=False,
)
