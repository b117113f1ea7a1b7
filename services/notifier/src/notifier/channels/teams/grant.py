"""The token of the bot. Source: Bot Framework, "Bot to Bot Connector authentication, step 1"."""

from datetime import datetime
from typing import Final
from urllib.parse import quote

from notifier.channels.grants import form_request, read_token
from notifier.channels.provider import AccessToken, Grant, HttpAnswer, ProviderRequest, Sender, broken
from notifier.domain.outcome import Outcome

SCOPE: Final = "https://api.botframework.com/.default"


def app_id_of(sender: Sender) -> str | None:
    return sender.external_id or sender.options.get("app_id")


def _request(sender: Sender, now: datetime) -> ProviderRequest | Outcome:
    app, password = app_id_of(sender), sender.secret("app_password")
    if app is None or password is None:
        return broken(f"the Teams account '{sender.id}' has no app id or no secret 'app_password'")
    tenant = sender.options.get("tenant_id", "botframework.com")
    fields = {"grant_type": "client_credentials", "client_id": app, "client_secret": password, "scope": SCOPE}
    return form_request(f"/{quote(tenant, safe='')}/oauth2/v2.0/token", fields)


def _read(answer: HttpAnswer, now: datetime) -> AccessToken | Outcome:
    return read_token("Microsoft", answer, now)


GRANT: Final = Grant(_request, _read)
