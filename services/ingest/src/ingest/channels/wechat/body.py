"""WeChat's body as one flat object: XML, or JSON where the account chose it."""

from ingest.domain.shape import Json, mapping, read_json
from ingest.domain.webhook import Webhook
from ingest.domain.xml import read_xml


def body_of(webhook: Webhook) -> Json:
    """Raises Unreadable."""
    if webhook.body.lstrip()[:1] in (b"{", b"["):
        return mapping(read_json(webhook.body), "the body")
    return read_xml(webhook.body)
