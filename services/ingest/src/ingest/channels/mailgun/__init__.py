"""Mailgun, mail in by routes (forward or store, parsed or raw) and its webhooks.

Secrets: `signing_key` (the HTTP webhook signing key), `reply_secret` (of the addresses that answers go to), `api_key` (for files of
`store()` routes). `external_id`: our address; option `addresses`: more of them, by commas; option `url_key`, see `verify`.
Raw mail comes to a URL that ends in `mime`, as `…/webhooks/mailgun/<account>?as=mime`; it is preferred.
"""

from ingest.channels.email.filing import REPLY_SECRET
from ingest.channels.mailgun.media import API_KEY, media
from ingest.channels.mailgun.parse import parse
from ingest.channels.mailgun.verify import once, verify
from ingest.handlers.ports import FORM, JSON, MAIL_BODY_BYTES, MULTIPART, Channel

MAILGUN = Channel(
    name="mailgun",
    signing_secret="signing_key",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    reads=("mail", "attachments", "bounces", "complaints"),
    receipts=("accepted", "delivered", "read", "failed"),
    media_types=JSON | FORM | MULTIPART,
    max_body_bytes=MAIL_BODY_BYTES,
    parse_secrets=frozenset({REPLY_SECRET}),
    once=once,
    api_url="https://api.mailgun.net",
    media_secrets=frozenset({API_KEY}),
    media=media,
)
