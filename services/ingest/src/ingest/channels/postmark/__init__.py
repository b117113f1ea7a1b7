"""Postmark: the inbound webhook and those of deliveries, bounces, opens and complaints. Postmark signs nothing: the URL that it calls
has a name and password in it. Secrets: `webhook_password` (the password, or `name:password`), `reply_secret`. `external_id`: our address;
option `addresses`: more of them.
"""

from ingest.channels.email.filing import REPLY_SECRET
from ingest.channels.postmark.parse import parse
from ingest.domain.basic_auth import password_matches
from ingest.handlers.ports import MAIL_BODY_BYTES, Channel

POSTMARK = Channel(
    name="postmark",
    signing_secret="webhook_password",  # noqa: S106  # a name
    verify=password_matches,
    parse=parse,
    reads=("mail", "attachments", "bounces", "complaints"),
    receipts=("delivered", "read", "failed"),
    max_body_bytes=MAIL_BODY_BYTES,
    parse_secrets=frozenset({REPLY_SECRET}),
)
