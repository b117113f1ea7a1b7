from typing import Final

from contracts.chat import ChatSignal
from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

CAPABILITY: Final = Capability(
    channel="wechat",
    base_url="https://api.weixin.qq.com",
    token_url="https://api.weixin.qq.com",  # noqa: S106  # an address
    methods=(Method.FREE_FORM,),
    kinds=(
        "text",
        "image, voice, video (up to 10 MiB, else as a card or links)",
        "other files (as links)",
        "location (as a link)",
        "quick replies",
    ),
    text_limit="2,048 UTF-8 bytes a message",
    window="48 h after the person's last message, a minute after a pressed menu",
    idempotency="none",
    repeat={Method.FREE_FORM: Repeat.NEVER},
    per_account=Bucket(rate=50, burst=100),
    per_recipient=None,
    attaches_bytes=10 * 1024 * 1024,
    receipts=False,
    signs=(ChatSignal.TYPING,),
)
