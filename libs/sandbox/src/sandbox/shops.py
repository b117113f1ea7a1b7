"""Two shops of apps in miniature: their reviews, which a test puts there, and the one answer that each may have.

Sources: Google Play Developer API v3, "Reviews"; App Store Connect API, "Customer Reviews", "Customer Review Responses".
`PUT /{shop}/_reviews/{app}` with a list of reviews, in the shop's own form, sets the scene.
"""

import json
from typing import Any, Final
from urllib.parse import urlencode

from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from sandbox.basic import form
from sandbox.faults import FaultSpec
from sandbox.ledger import readable
from sandbox.paths import Table, json_object, routed
from sandbox.provider import Parts, Provider
from sandbox.wire import Answer, Call, Clock, Json, Shown

PLAY_LIMIT: Final = 350
APP_STORE_LIMIT: Final = 5970
TOKEN: Final = "ya29.sandbox"  # noqa: S105  # given to whoever asks properly


class Shelf:
    """Each app's reviews by id, and the answers to them."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.reset()

    def reset(self) -> None:
        self.reviews: dict[str, dict[str, Json]] = {}
        self.answers: dict[str, str] = {}

    def put(self, call: Call) -> Answer:
        found = readable(call.body)
        app = self.reviews.setdefault(call.params["app"], {})
        for one in found if isinstance(found, list) else []:
            app[str(one.get("reviewId") or one.get("id"))] = one
        return Answer(200, {"reviews": len(app)})

    def find(self, review_id: str) -> Json | None:
        return next((app[review_id] for app in self.reviews.values() if review_id in app), None)

    def page(self, call: Call, cursor: str, size: str) -> tuple[list[Json], str | None]:
        start, wanted = int(call.query.get(cursor, "0")), min(int(call.query.get(size, "50")), 200)
        found = list(self.reviews.get(call.params["app"], {}).values())
        return found[start : start + wanted], str(start + wanted) if start + wanted < len(found) else None


def open_google_play(parts: Parts) -> Provider:
    shelf = Shelf(parts.clock)
    app = "/androidpublisher/v3/applications/{app}/reviews"
    table: Table = {
        ("POST", "/token"): lambda call: _token(call, shelf.clock),
        ("GET", app): lambda call: _play_page(call, shelf),
        ("POST", f"{app}/{{review}}:reply"): lambda call: _play_reply(call, shelf),
        ("PUT", "/_reviews/{app}"): shelf.put,
    }
    routes = routed("google_play", table, lambda call: _google(404, "Not found"))
    return Provider("google_play", lambda call: call.params.get("review"), _play_fault, routes, shelf.reset)


def open_app_store(parts: Parts) -> Provider:
    shelf = Shelf(parts.clock)
    table: Table = {
        ("GET", "/v1/apps/{app}/customerReviews"): lambda call: _apple_page(call, shelf),
        ("POST", "/v1/customerReviewResponses"): lambda call: _apple_reply(call, shelf),
        ("PUT", "/_reviews/{app}"): shelf.put,
    }
    routes = routed("app_store", table, lambda call: _apple(404, "The specified resource does not exist"))
    return Provider("app_store", _apple_recipient, lambda fault: _apple(fault.status, "Commanded"), routes, shelf.reset)


def _google(status: int, message: str, reason: str = "badRequest") -> Answer:
    return Answer(
        status, {"error": {"code": status, "message": message, "errors": [{"reason": reason, "message": message}]}}
    )


def _play_fault(fault: FaultSpec) -> Answer:
    return _google(fault.status, "Commanded", "rateLimitExceeded" if fault.status in (403, 429) else "backendError")


def _claims(token: str) -> tuple[Json, Json]:
    """Unverified: the sandbox has no public keys, so it looks at what is claimed."""
    try:
        found = extract_compact(token.encode())
        claims = json.loads(found.payload)
    except (JoseError, ValueError):
        return {}, {}
    return dict(found.headers()), claims if isinstance(claims, dict) else {}


def _token(call: Call, clock: Clock) -> Answer:
    fields = form(call)
    header, claims = _claims(fields.get("assertion", [""])[0])
    now = clock.now().timestamp()
    good = (
        fields.get("grant_type") == ["urn:ietf:params:oauth:grant-type:jwt-bearer"]
        and header.get("alg") == "RS256"
        and claims.get("aud") == "https://oauth2.googleapis.com/token"
        and "androidpublisher" in str(claims.get("scope"))
        and abs(now - claims.get("iat", 0)) < 300
        and 0 < claims.get("exp", 0) - claims.get("iat", 0) <= 3600
    )
    if not good:
        return Answer(400, {"error": "invalid_grant", "error_description": "Invalid JWT."})
    return Answer(200, {"access_token": TOKEN, "expires_in": 3599, "token_type": "Bearer"})


def _play_page(call: Call, shelf: Shelf) -> Answer:
    if call.bearer != TOKEN:
        return _google(401, "Invalid Credentials", "authError")
    page, following = shelf.page(call, "token", "maxResults")
    body: Json = {"reviews": page}
    if following is not None:
        body["tokenPagination"] = {"nextPageToken": following}
    return Answer(200, body)


def _play_reply(call: Call, shelf: Shelf) -> Answer:
    text = json_object(call).get("replyText")
    if call.bearer != TOKEN:
        return _google(401, "Invalid Credentials", "authError")
    if shelf.find(call.params["review"]) is None:
        return _google(404, "Review not found.", "notFound")
    if not isinstance(text, str) or not 0 < len(text) <= PLAY_LIMIT:
        return _google(400, "The reply text is empty or too long.")
    seconds = str(int(shelf.clock.now().timestamp()))
    again = shelf.answers.get(call.params["review"]) == text
    shelf.answers[call.params["review"]] = text
    shown = Shown(call.params["review"], f"{call.params['review']}:{seconds}", "reply", text, json_object(call))
    result = {"replyText": text, "lastEdited": {"seconds": seconds, "nanos": 0}}
    return Answer(200, {"result": result}, shown=() if again else (shown,), duplicate=again)


def _apple(status: int, detail: str) -> Answer:
    return Answer(status, {"errors": [{"status": str(status), "code": "SANDBOX", "title": detail, "detail": detail}]})


def _apple_allowed(call: Call, clock: Clock) -> bool:
    header, claims = _claims(call.bearer or "")
    life = claims.get("exp", 0) - claims.get("iat", 0)
    now = clock.now().timestamp()
    return (
        header.get("alg") == "ES256"
        and bool(header.get("kid"))
        and claims.get("aud") == "appstoreconnect-v1"
        and 0 < life <= 1200
        and now < claims.get("exp", 0)
    )


def _apple_page(call: Call, shelf: Shelf) -> Answer:
    if not _apple_allowed(call, shelf.clock):
        return _apple(401, "Provide a properly configured and signed bearer token")
    page, following = shelf.page(call, "cursor", "limit")
    path = f"https://api.appstoreconnect.apple.com/v1/apps/{call.params['app']}/customerReviews"
    links: dict[str, str] = {"self": path}
    if following is not None:
        links["next"] = f"{path}?{urlencode({**call.query, 'cursor': following})}"
    return Answer(200, {"data": page, "included": [], "links": links})


def _apple_recipient(call: Call) -> str | None:
    found: Any = json_object(call)
    for step in ("data", "relationships", "review", "data", "id"):
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, str) else None


def _apple_reply(call: Call, shelf: Shelf) -> Answer:
    review = _apple_recipient(call)
    text = ((json_object(call).get("data") or {}).get("attributes") or {}).get("responseBody")
    if not _apple_allowed(call, shelf.clock):
        return _apple(401, "Provide a properly configured and signed bearer token")
    if review is None or shelf.find(review) is None:
        return _apple(404, "There is no resource of type 'customerReviews' with this id")
    if not isinstance(text, str) or not 0 < len(text) <= APP_STORE_LIMIT:
        return _apple(409, "The response body is empty or too long")
    again = shelf.answers.get(review) == text
    shelf.answers[review] = text
    shown = Shown(review, f"response-{review}", "reply", text, json_object(call))
    data = {
        "type": "customerReviewResponses",
        "id": shown.provider_id,
        "attributes": {"responseBody": text, "state": "PENDING_PUBLISH"},
    }
    return Answer(201, {"data": data}, shown=() if again else (shown,), duplicate=again)
