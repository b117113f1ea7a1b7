"""The three forms of a Slack request, as one object."""

from ingest.domain.form import read_form
from ingest.domain.shape import Json, mapping, read_json
from ingest.domain.webhook import Webhook


def body_of(webhook: Webhook) -> Json:
    """An event; an interaction, which comes as the form's `payload`; or a slash command, as the form itself. Raises Unreadable."""
    if webhook.media_type != "application/x-www-form-urlencoded":
        return mapping(read_json(webhook.body), "the body")
    form = read_form(webhook.body)
    if "payload" in form:
        return mapping(read_json(form["payload"].encode()), "payload")
    return form
