"""Microsoft's token endpoint and a Bot Connector in miniature, below /teams; a serviceUrl is then <sandbox>/teams/amer/.

Source: Bot Framework, "Bot to Bot Connector authentication"; Teams, "Status codes from bot conversational APIs".
"""

from urllib.parse import parse_qs

from sandbox.faults import FaultSpec
from sandbox.paths import json_object, routed
from sandbox.provider import Parts, Provider
from sandbox.wire import Answer, Call, Ids, Shown

_TOKEN = "eyJ-sandbox"  # noqa: S105  # gives access to nothing
_MAX_BYTES = 28 * 1024
_CODES = {403: "ForbiddenOperationException", 404: "ConversationNotFound", 412: "PreconditionFailed"}


def open_teams(parts: Parts) -> Provider:
    table = {
        ("POST", "/{tenant}/oauth2/v2.0/token"): _grant,
        ("POST", "/{region}/v3/conversations/{conversation:path}/activities"): lambda call: _send(call, parts.ids),
    }
    routes = routed("teams", table, lambda call: _refuse(404, "NotFound", "There is no such operation."))
    return Provider("teams", _recipient, _fault, routes, lambda: None)


def _refuse(status: int, code: str, message: str) -> Answer:
    return Answer(status, {"error": {"code": code, "message": message}})


def _fault(fault: FaultSpec) -> Answer:
    return _refuse(fault.status, _CODES.get(fault.status, "ServiceError"), "A fault was commanded.")


def _recipient(call: Call) -> str | None:
    return call.params.get("conversation")


def _grant(call: Call) -> Answer:
    form = {name: values[-1] for name, values in parse_qs(call.body.decode("utf-8", "replace")).items()}
    if form.get("grant_type") != "client_credentials" or form.get("scope") != "https://api.botframework.com/.default":
        return Answer(400, {"error": "invalid_request", "error_description": "AADSTS900144: a parameter is missing."})
    if not form.get("client_id") or not form.get("client_secret"):
        return Answer(401, {"error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret."})
    return Answer(200, {"token_type": "Bearer", "expires_in": 3599, "access_token": _TOKEN})


def _send(call: Call, ids: Ids) -> Answer:
    if call.bearer != _TOKEN:
        return _refuse(401, "Unauthorized", "Authorization has been denied for this request.")
    body, conversation = json_object(call), call.params["conversation"]
    if body.get("type") == "typing":
        return Answer(202, {"id": str(ids.number())})
    if body.get("type") != "message" or not (body.get("text") or body.get("attachments")):
        return _refuse(400, "BadSyntax", "The activity has neither text nor attachments.")
    if len(call.body) > _MAX_BYTES:
        return _refuse(413, "MessageSizeTooBig", "Message size too large.")
    number = str(ids.number())
    shown = Shown(conversation, f"{conversation}:{number}", "message", body.get("text"), body)
    return Answer(201, {"id": number}, shown=(shown,))
