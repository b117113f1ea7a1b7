"""The stable access token: asking again gives the same one while it lives. Source: WeChat, "getStableAccessToken"."""

from datetime import datetime
from typing import Final

from notifier.channels.grants import read_token
from notifier.channels.provider import AccessToken, Grant, HttpAnswer, ProviderRequest, Sender, broken, encode_json
from notifier.channels.wechat.errors import kind_of
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Kind, Outcome


def _request(sender: Sender, now: datetime) -> ProviderRequest | Outcome:
    app, secret = sender.options.get("app_id") or sender.external_id, sender.secret("app_secret")
    if app is None or secret is None:
        return broken(f"the WeChat account '{sender.id}' has no app id or no secret 'app_secret'")
    body = encode_json({"grant_type": "client_credential", "appid": app, "secret": secret, "force_refresh": False})
    headers = {"Content-Type": "application/json"}
    return ProviderRequest("/cgi-bin/stable_token", Method.FREE_FORM, Repeat.SAFE, headers, body)


def _read(answer: HttpAnswer, now: datetime) -> AccessToken | Outcome:
    """Refusals come as 200 with an `errcode`."""
    body = answer.json()
    code = body.get("errcode") if isinstance(body, dict) else None
    if isinstance(code, int) and code != 0:
        kind = kind_of(code)
        kind = kind if kind in (Kind.TRANSIENT, Kind.THROTTLED) else Kind.CHANNEL_BROKEN
        return Outcome(kind, f"WeChat gave no access token: {code}", http_status=answer.status)
    return read_token("WeChat", answer, now)


GRANT: Final = Grant(_request, _read)
