from typing import Final

from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="app_store",
    base_url="https://api.appstoreconnect.apple.com",
    methods=(Method.PUSH,),
    kinds=("text",),
    text_limit="5,970 characters, one answer a review",
    window="none",
    idempotency="an answer replaces the one before",
    repeat={Method.PUSH: Repeat.SAFE},
    public=True,
    per_account=Bucket(rate=1, burst=50),
    per_recipient=None,
    receipts=True,
)
