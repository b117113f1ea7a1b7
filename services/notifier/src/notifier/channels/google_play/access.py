"""The access token, for the service account's signed assertion."""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlencode

from notifier.channels.common import classify_status
from notifier.channels.provider import AccessToken, Grant, HttpAnswer, ProviderRequest, Sender, broken
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome
from runtime.errors import Failure
from runtime.shop_access import play_token_form

_HEADERS: Final = {"Content-Type": "application/x-www-form-urlencoded"}


def _ask(sender: Sender, now: datetime) -> ProviderRequest | Outcome:
    try:
        form = play_token_form(sender.secret("service_account") or "", now)
    except Failure as failure:
        return broken(f"the Google Play account '{sender.id}': {failure.sentence}")
    return ProviderRequest("/token", Method.PUSH, Repeat.SAFE, _HEADERS, urlencode(form).encode())


def _read(answer: HttpAnswer, now: datetime) -> AccessToken | Outcome:
    body = answer.json()
    told = body if isinstance(body, dict) else {}
    value, life = told.get("access_token"), told.get("expires_in")
    if answer.status == 200 and isinstance(value, str) and isinstance(life, int):
        return AccessToken(value, now + timedelta(seconds=life))
    if answer.status == 429 or answer.status >= 500:
        return classify_status("google_play", answer, now)
    return broken(f"Google gave no access token: {told.get('error', answer.status)}")


GRANT: Final = Grant(_ask, _read)
