"""Every code with which the doors say no, for the OpenAPI document: an operation names those that it may answer."""

from itertools import groupby
from typing import Any, Final

from pydantic.config import JsonDict

from router.handlers.outcomes import status_of

_SENTENCES: Final = {
    "agent_absent": "Agent aiko is offline.",
    "agent_missing": "Say which agent acts: the token names none.",
    "agent_not_in_queue": "Agent aiko does not serve queue 'returns'.",
    "agent_unskilled": "Agent aiko lacks a skill that the case requires.",
    "already_assigned": "The case is assigned.",
    "already_consulted": "Agent ken is consulted on the case already.",
    "api_key_expired": "The API key has expired.",
    "api_key_invalid": "The API key is not valid.",
    "bad_cursor": "The cursor is not one that this list gave out.",
    "body_too_large": "The body is larger than 1048576 bytes.",
    "capacity_invalid": "The capacity for messaging must be a whole number from 0.",
    "channel_class_unknown": "There is no channel class 'pigeon'.",
    "consult_kind_unknown": "A consult is one of consult, monitor, not 'spy'.",
    "content_type_unsupported": "The body has to be application/json.",
    "dependency_down": "The database can't be reached.",
    "idempotency_key_reused": "This Idempotency-Key was used for a request with another body.",
    "invalid_idempotency_key": "Idempotency-Key is not 1 to 200 visible ASCII characters.",
    "invalid_json": "The body is not valid JSON.",
    "invalid_request": "body/capacity/messaging: Input should be a valid integer",
    "lease_invalid": "A lease is 1 to 3600000 milliseconds.",
    "no_capacity": "Agent aiko has no room for messaging work.",
    "not_assigned": "The case is queued.",
    "not_consulted": "Agent ken is not consulted on the case.",
    "not_pickable": "Queue 'returns' gives out its work itself.",
    "not_wrapping_up": "The work of the case is assigned.",
    "offer_already_accepted": "The offer was accepted already.",
    "offer_declined": "The offer was declined.",
    "offer_expired": "The offer has expired.",
    "offer_not_yours": "The offer was made to another agent.",
    "offer_withdrawn": "The offer was withdrawn.",
    "outcome_unknown": "What became of this command is not known yet; ask again with the same Idempotency-Key.",
    "presence_unknown": "There is no presence 'siesta'.",
    "queue_not_found": "there is no queue nowhere",
    "same_agent": "The case is with agent aiko already.",
    "scope_missing": "This needs the scope routing:read.",
    "skill_level_invalid": "The level of skill 'japanese' must be 1 to 10.",
    "tenant_not_configured": "This tenant has no configuration yet.",
    "token_claims_invalid": "The token lacks the claim exp.",
    "token_expired": "The token has expired.",
    "token_malformed": "The token is not a JWT.",
    "token_missing": "Send a bearer token or an API key.",
    "token_not_yet_valid": "The token is not valid yet.",
    "token_signature_invalid": "The token's signature is wrong.",
    "transfer_target_invalid": "A transfer goes to an agent, a queue or a set of skills: one of them.",
    "unknown_agent": "There is no agent nobody.",
    "unknown_offer": "There is no such offer.",
    "unknown_queue": "There is no queue 'nowhere'.",
    "unknown_skill": "There is no skill 'japanes': nobody could ever take the work.",
    "unknown_work": "There is no work for the case.",
    "work_closed": "The work of the case is closed.",
    "work_not_yours": "The case is not with agent aiko.",
}
_STATUS: Final = {
    "agent_missing": 422,
    "api_key_expired": 401,
    "api_key_invalid": 401,
    "bad_cursor": 400,
    "body_too_large": 413,
    "content_type_unsupported": 415,
    "dependency_down": 503,
    "idempotency_key_reused": 422,
    "invalid_idempotency_key": 400,
    "invalid_json": 400,
    "invalid_request": 422,
    "outcome_unknown": 503,
    "queue_not_found": 404,
    "scope_missing": 403,
    "token_claims_invalid": 401,
    "token_expired": 401,
    "token_malformed": 401,
    "token_missing": 401,
    "token_not_yet_valid": 401,
    "token_signature_invalid": 401,
}
_EVERYWHERE: Final = (
    "api_key_expired",
    "api_key_invalid",
    "dependency_down",
    "invalid_request",
    "scope_missing",
    "token_claims_invalid",
    "token_expired",
    "token_malformed",
    "token_missing",
    "token_not_yet_valid",
    "token_signature_invalid",
)
_COMMANDS: Final = (
    "body_too_large",
    "content_type_unsupported",
    "idempotency_key_reused",
    "invalid_idempotency_key",
    "invalid_json",
    "outcome_unknown",
    "tenant_not_configured",
)
Responses = dict[int | str, dict[str, Any]]


def reading(*codes: str, example: JsonDict | None = None) -> Responses:
    """The `responses` of a route that reads. `example` is of its answer, where the answer's model has none."""
    shown = {"content": {"application/json": {"example": example}}}
    return _problems((*_EVERYWHERE, *codes)) | ({} if example is None else {200: shown})


def commanding(*codes: str) -> Responses:
    return _problems((*_EVERYWHERE, *_COMMANDS, *codes))


def _problems(codes: tuple[str, ...]) -> Responses:
    ordered = sorted(set(codes), key=lambda code: (_status(code), code))
    return {status: _answer(status, list(found)) for status, found in groupby(ordered, _status)}


def _answer(status: int, codes: list[str]) -> dict[str, Any]:
    examples = {code: {"value": _problem(status, code)} for code in codes}
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        "description": ", ".join(codes),
        "content": {"application/problem+json": {"schema": schema, "examples": examples}},
    }


def _problem(status: int, code: str) -> dict[str, Any]:
    return {
        "type": f"urn:madoguchi:problem:{code}",
        "title": code.replace("_", " ").capitalize(),
        "status": status,
        "detail": _SENTENCES[code],
        "code": code,
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    }


def _status(code: str) -> int:
    return _STATUS.get(code) or status_of(code)
