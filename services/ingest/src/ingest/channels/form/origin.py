"""Which pages may post. Fetch Standard, "CORS protocol"; a browser sends `Origin` with every POST and no script can change it."""

from collections.abc import Mapping, Sequence

from ingest.domain.webhook import Answer, Webhook

_REMEMBERED_SECONDS = 600


def verify(webhook: Webhook, secrets: Sequence[str]) -> bool:
    return bool(allowing(webhook))


def preflight(webhook: Webhook) -> Answer:
    """Without our headers the browser doesn't post."""
    allowed = allowing(webhook)
    if not allowed:
        return Answer(403)
    asked = {
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "content-type, idempotency-key",
        "access-control-max-age": str(_REMEMBERED_SECONDS),
    }
    return Answer(204, headers={**allowed, **asked})


def allowing(webhook: Webhook) -> Mapping[str, str]:
    """Empty for a page that may not."""
    origin = webhook.headers.get("origin", "").lower().rstrip("/")
    named = webhook.account.options.get("origins", "").replace(",", " ").lower().split()
    if not origin or origin == "null" or origin not in {one.rstrip("/") for one in named}:
        return {}
    return {"access-control-allow-origin": webhook.headers["origin"], "vary": "origin"}
