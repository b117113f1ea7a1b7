from typing import Final

from contracts.chat import ChatSignal
from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="x",
    base_url="https://api.x.com",
    methods=(Method.PUSH,),
    kinds=("text", "files (as links)", "location (as a link)", "quick replies (as lines)"),
    text_limit="10,000 characters a message; 280 weighted ones a post",
    window="always, where the person takes messages",
    idempotency="none",
    repeat={Method.PUSH: Repeat.NEVER},
    per_account=Bucket(rate=1, burst=15),
    per_recipient=None,
    receipts=True,
    signs=(ChatSignal.TYPING, ChatSignal.READ),
)
