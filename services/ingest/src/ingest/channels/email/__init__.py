"""E-mail without a provider in between: `python -m ingest smtp`, `python -m ingest imap`, and a mail server that posts what it receives
as `message/rfc822` (its envelope's recipients in `X-Original-To`). Secrets: `door_password` (basic authentication of such a post),
`reply_secret` (of the addresses that answers go to), `imap_password`. `external_id`: our address; option `addresses`: more of them.
"""

from ingest.channels.email.filing import REPLY_SECRET, Arrival, file_source
from ingest.domain.basic_auth import password_matches
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import MAIL_BODY_BYTES, AccountOf, Channel


def _parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    recipients = tuple(one.strip() for one in webhook.headers.get("x-original-to", "").split(",") if "@" in one)
    return file_source(webhook, webhook.body, Arrival(recipients))


EMAIL = Channel(
    name="email",
    signing_secret="door_password",  # noqa: S106  # a name
    verify=password_matches,
    parse=_parse,
    reads=("mail", "attachments", "bounces", "complaints"),
    receipts=("sent", "delivered", "failed"),
    media_types=frozenset({"message/rfc822"}),
    max_body_bytes=MAIL_BODY_BYTES,
    parse_secrets=frozenset({REPLY_SECRET}),
)
