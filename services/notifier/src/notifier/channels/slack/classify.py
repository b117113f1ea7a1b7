"""Slack's answers: almost always 200, with `ok` and an error's name. Source: Slack Web API, "chat.postMessage", errors."""

from datetime import datetime
from typing import Any, Final

from notifier.channels.common import classify_status
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome, permanent
from notifier.domain.schedule import parse_retry_after

_KINDS: Final = {
    Kind.THROTTLED: frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"}),
    Kind.TRANSIENT: frozenset({"internal_error", "service_unavailable", "request_timeout", "team_added_to_org"}),
    Kind.AMBIGUOUS: frozenset({"fatal_error"}),
    Kind.RECIPIENT_GONE: frozenset({"user_not_found", "user_disabled", "cannot_dm_bot", "messages_tab_disabled"}),
    Kind.CHANNEL_BROKEN: frozenset(
        {
            "access_denied",
            "accesslimited",
            "account_inactive",
            "ekm_access_denied",
            "enterprise_is_restricted",
            "invalid_auth",
            "missing_scope",
            "no_permission",
            "not_allowed_token_type",
            "not_authed",
            "org_login_required",
            "team_access_not_granted",
            "team_not_found",
            "token_expired",
            "token_revoked",
            "two_factor_setup_required",
        }
    ),
}


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    if not isinstance(body, dict) or "ok" not in body:
        if 200 <= answer.status < 300:
            return Outcome(Kind.AMBIGUOUS, "Slack answered 2xx without a result", http_status=answer.status)
        return classify_status("slack", answer, now)
    if body["ok"] is True:
        return Outcome(Kind.ACCEPTED, ids=_ids(body), http_status=answer.status)
    return _refused(str(body.get("error", "unknown_error"))[:100], answer, now)


def _refused(error: str, answer: HttpAnswer, now: datetime) -> Outcome:
    reason = f"Slack refused it: {error}"
    kind = next((kind for kind, names in _KINDS.items() if error in names), None)
    if kind is None:
        return permanent(f"slack_{error}", reason, answer.status)
    wait = parse_retry_after(answer.headers.get("retry-after"), now)
    return Outcome(kind, reason, retry_after=wait, http_status=answer.status)


def _ids(body: dict[str, Any]) -> tuple[str, ...]:
    """`channel:ts`, as ingest names messages: a ts is unique in its channel only."""
    channel, ts = body.get("channel"), body.get("ts")
    return (f"{channel}:{ts}",) if channel and ts else ()
