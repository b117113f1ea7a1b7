from typing import Final

from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="slack",
    base_url="https://slack.com/api",
    methods=(Method.PUSH,),
    kinds=("text", "image", "other files (up to 10 MiB, else as links)", "location (as a link)", "quick replies"),
    text_limit="4,000 characters a message; 3,000 above buttons",
    window="always",
    idempotency="none",
    repeat={Method.PUSH: Repeat.NEVER},
    per_account=Bucket(rate=5, burst=20),
    per_recipient=Bucket(rate=1, burst=3),
    attaches_bytes=10 * 1024 * 1024,
    place="channel",
    receipts=False,
)
