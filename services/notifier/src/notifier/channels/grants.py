"""OAuth's client credentials, as several providers want them. Source: RFC 6749, section 4.4."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from notifier.channels.common import clipped
from notifier.channels.provider import AccessToken, HttpAnswer, ProviderRequest
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Kind, Outcome

_SHORTEST = timedelta(minutes=1)


def form_request(path: str, fields: Mapping[str, str]) -> ProviderRequest:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return ProviderRequest(path, Method.PUSH, Repeat.SAFE, headers, urlencode(fields).encode())


def read_token(provider: str, answer: HttpAnswer, now: datetime) -> AccessToken | Outcome:
    """`{"access_token", "expires_in"}`, whatever the status; a refusal that is no overload means wrong credentials."""
    body = answer.json()
    told: dict[str, Any] = body if isinstance(body, dict) else {}
    value, seconds = told.get("access_token"), told.get("expires_in")
    if isinstance(value, str) and value:
        life = (
            timedelta(seconds=int(seconds)) if isinstance(seconds, int | str) and str(seconds).isdigit() else _SHORTEST
        )
        return AccessToken(value, now + life)
    said = clipped(told.get("error_description")) or clipped(told.get("errmsg")) or clipped(told.get("error"))
    reason = f"{provider} gave no access token ({answer.status}): {said}"
    kind = Kind.TRANSIENT if answer.status >= 500 or answer.status in (408, 429) else Kind.CHANNEL_BROKEN
    return Outcome(kind, reason, http_status=answer.status)
