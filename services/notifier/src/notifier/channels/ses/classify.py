"""Amazon SES's answers: an exception's name. Source: SES API v2 reference, "SendEmail", "Common errors"."""

from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

from notifier.channels.common import classify_status, clipped
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.outcome import Kind, Outcome, permanent

_BROKEN: Final = frozenset(
    {
        "AccountSuspendedException",
        "SendingPausedException",
        "MailFromDomainNotVerifiedException",
        "AccessDeniedException",
        "InvalidClientTokenId",
        "UnrecognizedClientException",
        "SignatureDoesNotMatch",
        "InvalidSignatureException",
        "ExpiredTokenException",
        "NotFoundException",
    }
)
_THROTTLED: Final = frozenset(
    {"TooManyRequestsException", "LimitExceededException", "ThrottlingException", "Throttling"}
)


def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    body = answer.json()
    known: dict[str, Any] = body if isinstance(body, dict) else {}
    if answer.status == 200:
        return Outcome(Kind.ACCEPTED, ids=_ids(request, known.get("MessageId")), http_status=200)
    name = (answer.headers.get("x-amzn-errortype") or str(known.get("__type", ""))).partition(":")[0].rpartition("#")[2]
    said = clipped(known.get("message") or known.get("Message"))
    reason = f"SES answered {answer.status} {name}: {said}"
    if name in _BROKEN or answer.status in (401, 403) or "not verified" in said.lower():
        return Outcome(Kind.CHANNEL_BROKEN, reason, http_status=answer.status)
    if name in _THROTTLED:
        return Outcome(Kind.THROTTLED, reason, http_status=answer.status)
    if answer.status == 400:
        return permanent(f"ses_{name or 400}", reason, 400)
    return classify_status("ses", answer, now, f"{name} {said}".strip())


def _ids(request: ProviderRequest, found: object) -> tuple[str, ...]:
    """SES's own, which its notifications name; as the Message-ID that the customer's answer names: of us-east-1 its host has no region."""
    if not isinstance(found, str):
        return ()
    region = (urlsplit(request.url).hostname or "").removeprefix("email.").partition(".")[0]
    host = "email" if region in ("us-east-1", "") else region
    return (found, f"<{found}@{host}.amazonses.com>")
