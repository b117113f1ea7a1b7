"""Meta's error bodies. Source: "Error codes", WhatsApp Business Platform documentation."""

import hashlib

from sandbox.wire import Answer, Json

WINDOW_CLOSED = 131047

_KNOWN: dict[int, tuple[int, str, str]] = {
    4: (400, "Application request limit reached", "The app has reached its API call rate limit."),
    100: (400, "Invalid parameter", "The request included one or more unsupported or misspelled parameters."),
    190: (401, "Invalid OAuth access token - Cannot parse access token", "The access token is invalid or has expired."),
    130429: (
        429,
        "Rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number "
        "in a short period of time.",
    ),
    131000: (500, "Something went wrong", "Message failed to send due to an unknown error."),
    131008: (400, "Required parameter is missing", "The request is missing a required parameter."),
    131009: (400, "Parameter value is not valid", "One or more parameter values are invalid."),
    131016: (503, "Service unavailable", "A service is temporarily unavailable."),
    131026: (400, "Message undeliverable", "Unable to deliver message."),
    WINDOW_CLOSED: (
        400,
        "Re-engagement message",
        "Message failed to send because more than 24 hours have passed since the customer last replied to this number.",
    ),
    131051: (400, "Unsupported message type", "Message type is not currently supported."),
    131056: (
        400,
        "(Business Account, Consumer Account) pair rate limit hit",
        "Message failed to send because there were too many messages sent from this phone number "
        "to the same phone number in a short period of time.",
    ),
}
_BY_STATUS = {400: 100, 401: 190, 429: 130429, 503: 131016}


def refuse(code: int, details: str | None = None, status: int | None = None) -> Answer:
    known_status, title, explanation = _KNOWN.get(code, (400, "Unknown error", "An unknown error occurred."))
    error: Json = {
        # 190 comes from the Graph API itself: no code in the text and no error_data.
        "message": title if code == 190 else f"(#{code}) {title}",
        "type": "OAuthException",
        "code": code,
    }
    if code != 190:
        error["error_data"] = {"messaging_product": "whatsapp", "details": details or explanation}
    error["fbtrace_id"] = "A" + hashlib.sha256(f"{code}{details}".encode()).hexdigest()[:22]
    return Answer(status or known_status, {"error": error})


def code_for_status(status: int) -> int:
    return _BY_STATUS.get(status, 131000)


def webhook_error(code: int) -> Json:
    _, title, explanation = _KNOWN[code]
    return {"code": code, "title": title, "message": title, "error_data": {"details": explanation}}
