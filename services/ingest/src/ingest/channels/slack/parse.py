"""A Slack request → events. Pure; what can't be read is kept raw."""

from ingest.channels.slack.body import body_of
from ingest.channels.slack.events import read_event
from ingest.channels.slack.interactions import read_command, read_interaction
from ingest.channels.slack.places import account_for
from ingest.domain.frame import Known, read_or_keep
from ingest.domain.shape import Json, Unreadable, optional_part, text
from ingest.domain.unrecognised import keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        body = body_of(webhook)
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    return read_or_keep(webhook, body, lambda: _read(webhook, body, account_of), lambda: _known(body))


def _read(webhook: Webhook, body: Json, account_of: AccountOf) -> tuple[Draft, ...]:
    """`ssl_check` and `url_verification` only prove the address; `app_rate_limited` says that events were withheld."""
    kind = text(body, "type")
    if kind == "url_verification" or text(body, "ssl_check"):
        return ()
    account = account_for(webhook, body, account_of)
    if kind == "event_callback":
        return tuple(read_event(webhook, account, body))
    if kind is None and "command" in body:
        return tuple(read_command(webhook, account, body))
    return tuple(read_interaction(webhook, account, body))


def _known(body: Json) -> Known:
    event = optional_part(body, "event")
    return Known(conversation=text(event, "channel") or "", id=text(body, "event_id"))
