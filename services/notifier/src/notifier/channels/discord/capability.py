from datetime import timedelta
from typing import Final

from contracts.chat import ChatSignal
from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="discord",
    base_url="https://discord.com/api/v10",
    methods=(Method.REPLY, Method.PUSH),
    kinds=("text", "image", "other files (up to 10 MiB, else as links)", "location (as a link)", "quick replies"),
    text_limit="2,000 characters a message",
    window="follow-ups to an interaction 15 min; push always",
    idempotency="push: enforced nonce, a few minutes",
    repeat={Method.REPLY: Repeat.NEVER, Method.PUSH: Repeat.SAFE},
    known_for={Method.PUSH: timedelta(minutes=2)},
    per_account=Bucket(rate=45, burst=45),
    per_recipient=Bucket(rate=1, burst=5),
    attaches_bytes=10 * 1024 * 1024,
    place="channel",
    receipts=False,
    signs=(ChatSignal.TYPING,),
)
