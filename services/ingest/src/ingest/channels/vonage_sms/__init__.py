"""Vonage SMS in, by GET, form or JSON; signed as the account is set. Secret: `signature_secret` (signing has to be switched on at Vonage).

`external_id`: our number, as Vonage writes it (`447700900000`); a message to another number of the tenant's goes to that account.
"""

from typing import Final

from ingest.channels.vonage_sms.parse import parse
from ingest.channels.vonage_sms.verify import verify
from ingest.handlers.ports import FORM, JSON, Channel

VONAGE_SMS: Final = Channel(
    name="vonage_sms",
    signing_secret="signature_secret",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    reads=("text", "parts of a long text", "binary", "image, video, audio, file (Messages API)"),
    receipts=("sent", "delivered", "read", "failed"),
    reads_get=True,
    media_types=FORM | JSON,
)
