from typing import Final

from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="google_play",
    base_url="https://androidpublisher.googleapis.com",
    token_url="https://oauth2.googleapis.com",  # noqa: S106  # an address
    methods=(Method.PUSH,),
    kinds=("text",),
    text_limit="350 characters, one answer a review",
    window="none",
    idempotency="an answer replaces the one before",
    repeat={Method.PUSH: Repeat.SAFE},
    public=True,
    per_account=Bucket(rate=2000 / 86_400, burst=200),
    per_recipient=None,
    receipts=False,
)
