"""Twilio SendGrid: Inbound Parse and the event webhook. Secrets: `public_key` (the verification key of the webhooks' signature; where
Inbound Parse is not signed, also or instead the password of basic authentication), `reply_secret`. `external_id`: our address; option
`addresses`: more of them.
"""

from ingest.channels.email.filing import REPLY_SECRET
from ingest.channels.sendgrid.parse import parse
from ingest.channels.sendgrid.verify import verify
from ingest.handlers.ports import FORM, JSON, MAIL_BODY_BYTES, MULTIPART, Channel

SENDGRID = Channel(
    name="sendgrid",
    signing_secret="public_key",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    reads=("mail", "attachments", "bounces", "complaints"),
    receipts=("accepted", "delivered", "read", "failed"),
    media_types=JSON | FORM | MULTIPART,
    max_body_bytes=MAIL_BODY_BYTES,
    parse_secrets=frozenset({REPLY_SECRET}),
)
