"""RFC 9457 problem documents: the one form in which an API says no."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from runtime import logging, telemetry
from runtime.errors import DependencyDown, Failure, Fenced, OutcomeUnknown, Refused

MEDIA_TYPE: Final = "application/problem+json"
_RETRY_AFTER: Final = {"retry-after": "1"}
_HTTP_CODES: Final = {400: "invalid_json", 404: "route_not_found", 405: "method_not_allowed", 413: "body_too_large"}
log = logging.get("api")


class FieldProblem(BaseModel):
    """`pointer` is a JSON pointer into the part of the request named by `place`: body, query, path or header."""

    place: str
    pointer: str
    detail: str


class Problem(BaseModel):
    """What an error answer holds. `code` is stable: programs branch on it."""

    type: str = Field(examples=["urn:madoguchi:problem:case_not_found"])
    title: str
    status: int
    detail: str
    code: str
    pointer: str | None = None
    errors: list[FieldProblem] | None = None
    trace_id: str | None = None


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    pointer: str | None = None,
    errors: Sequence[FieldProblem] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    told = Problem(
        type=f"urn:madoguchi:problem:{code}",
        title=code.replace("_", " ").capitalize(),
        status=status,
        detail=detail,
        code=code,
        pointer=pointer,
        errors=list(errors) if errors else None,
        trace_id=telemetry.trace_id(),
    )
    return Response(told.model_dump_json(exclude_none=True), status, dict(headers or {}), MEDIA_TYPE)


def of_failure(failure: Failure) -> Response:
    """The answer to each kind of failure; one we have no answer for is our fault and says nothing."""
    match failure:
        case Refused():
            headers = _challenge(failure.code) if failure.status == HTTPStatus.UNAUTHORIZED else None
            return problem(failure.status, failure.code, failure.sentence, pointer=failure.pointer, headers=headers)
        case DependencyDown() | OutcomeUnknown() | Fenced():
            log.warning("a request ended without a result", extra={"code": failure.code, "sentence": failure.sentence})
            return problem(503, failure.code, failure.sentence, headers=_RETRY_AFTER)
        case _:
            return of_bug(failure)


def of_bug(error: Exception) -> Response:
    log.error("a request failed by our fault", exc_info=error)
    return problem(500, "internal_error", "This is our fault; the trace id finds it in the logs.")


def of_http(error: HTTPException) -> Response:
    code = _HTTP_CODES.get(error.status_code, "http_error")
    detail = HTTPStatus(error.status_code).phrase if code != "invalid_json" else "The body is not valid JSON."
    return problem(error.status_code, code, detail, headers=error.headers)


def of_validation(error: RequestValidationError) -> Response:
    found = [_field_problem(each) for each in error.errors()]
    first = found[0]
    if any(each["type"] == "json_invalid" for each in error.errors()):
        return problem(400, "invalid_json", f"The body is not valid JSON (at character {first.pointer[1:]}).")
    detail = f"{first.place}{first.pointer}: {first.detail}"
    return problem(422, "invalid_request", detail, pointer=first.pointer, errors=found)


def install(app: FastAPI) -> None:
    async def failure(_: Request, error: Exception) -> Response:
        return of_failure(error) if isinstance(error, Failure) else of_bug(error)

    async def http(_: Request, error: Exception) -> Response:
        return of_http(error) if isinstance(error, HTTPException) else of_bug(error)

    async def validation(_: Request, error: Exception) -> Response:
        return of_validation(error) if isinstance(error, RequestValidationError) else of_bug(error)

    app.add_exception_handler(Failure, failure)
    app.add_exception_handler(HTTPException, http)
    app.add_exception_handler(RequestValidationError, validation)


def _field_problem(error: Mapping[str, Any]) -> FieldProblem:
    place, *path = error["loc"] or ("body",)
    pointer = "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
    return FieldProblem(place=str(place), pointer=pointer, detail=error["msg"])


def _challenge(code: str) -> dict[str, str]:
    """RFC 6750: a request without any credential is not told of an error."""
    error = "" if code == "token_missing" else ', error="invalid_token"'
    return {"www-authenticate": f'Bearer realm="madoguchi"{error}'}
