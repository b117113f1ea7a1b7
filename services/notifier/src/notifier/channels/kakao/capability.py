from typing import Final

from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="kakao",
    base_url="https://bot-api.kakao.com",
    methods=(Method.REPLY, Method.PUSH),
    kinds=("text", "image", "other files (as links)", "location (as a link)", "quick replies"),
    text_limit="1,000 characters a bubble, 3 bubbles an answer",
    window="callback 1 min, once; push by an event block",
    idempotency="reply: the callback is single-use · push: none",
    repeat={Method.REPLY: Repeat.SINGLE_USE, Method.PUSH: Repeat.NEVER},
    per_account=Bucket(rate=50, burst=100),
    per_recipient=None,
    receipts=False,
)
