"""Amazon SES by way of SNS: a receipt rule's SNS action (encoding Base64 is preferred), and notifications or published events.

Secrets: `topic_arn` (the topics that count, by commas), `reply_secret`. `external_id`: our address; option `addresses`: more of them.
The confirmation of a subscription is answered by fetching its SubscribeURL once the signature is proven and the topic is one of ours.
A rule that puts the mail into S3 leaves no content here: it is fetched from there with the secrets `access_key_id` and
`secret_access_key` (option `region`, else the topic's; `s3_endpoint`); without them the mail is filed by its headers.
"""

from ingest.channels.email.filing import REPLY_SECRET
from ingest.channels.ses.envelope import CONFIRMATION, envelope_of, subscribe_url
from ingest.channels.ses.parse import parse
from ingest.channels.ses.stored import KEY_SECRETS, fetches
from ingest.channels.ses.verify import documents, verify
from ingest.domain.webhook import Webhook
from ingest.handlers.ports import JSON, Channel


def _confirms(webhook: Webhook) -> tuple[str, ...]:
    envelope = envelope_of(webhook)
    url = subscribe_url(envelope) if envelope.get("Type") == CONFIRMATION else None
    return (url,) if url else ()


SES = Channel(
    name="ses",
    signing_secret="topic_arn",  # noqa: S106  # a name
    verify=verify,
    parse=parse,
    reads=("mail", "attachments", "bounces", "complaints"),
    receipts=("accepted", "delivered", "read", "failed"),
    media_types=JSON | frozenset({"text/plain"}),
    documents=documents,
    confirms=_confirms,
    fetches=fetches,
    parse_secrets=frozenset({REPLY_SECRET, *KEY_SECRETS}),
)
