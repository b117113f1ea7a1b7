"""The row of a channel that sends mail: they differ in little."""

from typing import Final

from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat

MAX_ATTACHED_BYTES: Final = 7 * 1024 * 1024
"""In base64 below Postmark's 10 MB, the smallest limit of all."""


def mail_capability(
    channel: str, base_url: str, repeat: Repeat, idempotency: str, per_account: Bucket, *, receipts: bool
) -> Capability:
    """`repeat` is SAFE where our Message-ID is kept: a second copy is recognised by mailboxes, as SMTP's own retries are."""
    return Capability(
        channel=channel,
        base_url=base_url,
        methods=(Method.PUSH,),
        kinds=("text", "image", "video", "audio", "file", "location (as text)"),
        text_limit="none of ours; 7 MiB of files, what is more as links",
        attaches_bytes=MAX_ATTACHED_BYTES,
        window="always",
        idempotency=idempotency,
        repeat={Method.PUSH: repeat},
        per_account=per_account,
        per_recipient=None,
        receipts=receipts,
    )
