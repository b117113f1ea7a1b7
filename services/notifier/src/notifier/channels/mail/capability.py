"""The row of a channel that sends mail: they differ in little."""

from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat


def mail_capability(
    channel: str, base_url: str, repeat: Repeat, idempotency: str, per_account: Bucket, *, receipts: bool
) -> Capability:
    """`repeat` is SAFE where our Message-ID is kept: a second copy is recognised by mailboxes, as SMTP's own retries are."""
    return Capability(
        channel=channel,
        base_url=base_url,
        methods=(Method.PUSH,),
        kinds=(
            "text",
            "image (as a link)",
            "video (as a link)",
            "audio (as a link)",
            "file (as a link)",
            "location (as text)",
        ),
        text_limit="none of ours",
        window="always",
        idempotency=idempotency,
        repeat={Method.PUSH: repeat},
        per_account=per_account,
        per_recipient=None,
        receipts=receipts,
    )
