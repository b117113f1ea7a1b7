from typing import Final

from contracts.chat import ChatSignal
from contracts.reply_windows import AGENT_TAG_LIFE
from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="messenger",
    base_url="https://graph.facebook.com/v23.0",
    methods=(Method.FREE_FORM, Method.TAGGED),
    kinds=("text", "image", "video", "audio", "file", "location (as a link)", "sticker", "quick replies"),
    text_limit="2,000 characters a message",
    window="24 h from the customer's last message; 7 days for agents (HUMAN_AGENT)",
    idempotency="none; a receipt decides",
    repeat={Method.FREE_FORM: Repeat.NEVER, Method.TAGGED: Repeat.NEVER},
    tag_life=AGENT_TAG_LIFE["messenger"],
    per_account=Bucket(rate=300, burst=300),
    per_recipient=None,
    attaches_bytes=10 * 1024 * 1024,
    receipts=True,
    signs=(ChatSignal.TYPING, ChatSignal.READ),
)
