from typing import Final

from contracts.chat import ChatSignal
from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="teams",
    base_url="",
    token_url="https://login.microsoftonline.com",  # noqa: S106  # an address
    methods=(Method.PUSH,),
    kinds=("text", "image", "other files (as links)", "location (as a link)", "quick replies"),
    text_limit="20,000 UTF-8 bytes a message",
    window="always, below the customer's own connector (serviceUrl)",
    idempotency="none",
    repeat={Method.PUSH: Repeat.NEVER},
    per_account=Bucket(rate=50, burst=50),
    per_recipient=Bucket(rate=1, burst=7),
    place="conversation",
    receipts=True,
    signs=(ChatSignal.TYPING,),
)
