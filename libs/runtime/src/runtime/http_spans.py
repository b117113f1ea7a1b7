"""Around every request: a server span, a latency, safe headers, and an answer when our code fails."""

import time
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from opentelemetry.trace import Span, Status, StatusCode
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from runtime import metrics, telemetry
from runtime.problems import of_bug

_SAFE_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)
_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


@dataclass(slots=True)
class _Answer:
    status: int | None = None


@dataclass(frozen=True, slots=True)
class HttpSpans:
    """Below `trusted` the caller's traceparent is the parent; elsewhere it is a stranger's and becomes a link."""

    app: ASGIApp
    trusted: str = "/v1/"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        method, theirs = _method(scope), _header(scope, b"traceparent")
        trusted = scope["path"].startswith(self.trusted)
        with telemetry.span(
            method,
            "server",
            parent=theirs if trusted else None,
            links=() if trusted else (theirs,),
            http__request__method=method,
        ) as span:
            await self._answer(scope, receive, send, span)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, span: Span) -> None:
        started, answer = time.perf_counter(), _Answer()

        def send_safely(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                answer.status = message["status"]
                message["headers"] = _with_safe(message.get("headers", []))
            return send(message)

        try:
            await self.app(scope, receive, send_safely)
        except Exception as error:
            telemetry.mark_failed(span, error)
            if answer.status is not None:
                raise
            await of_bug(error)(scope, receive, send_safely)
        finally:
            _record(scope, span, answer.status or 499, time.perf_counter() - started)


def _record(scope: Scope, span: Span, status: int, seconds: float) -> None:
    method, route = _method(scope), _route(scope)
    metrics.HTTP_SECONDS.labels(method, route, status).observe(seconds)
    if span.is_recording():
        span.update_name(f"{method} {route}")
        span.set_attribute("http.route", route)
        span.set_attribute("http.response.status_code", status)
        if status >= 500:
            span.set_status(Status(StatusCode.ERROR, str(status)))


def _with_safe(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Those of the answer come first and win."""
    told = list(headers)
    names = [name for name, _ in told]
    return told + [header for header in _SAFE_HEADERS if header[0] not in names]


def _header(scope: Scope, name: bytes) -> str | None:
    for key, value in scope["headers"]:
        if key == name:
            return str(value, "latin-1")
    return None


def _method(scope: Scope) -> str:
    return scope["method"] if scope["method"] in _METHODS else "_OTHER"


def _route(scope: Scope) -> str:
    """The template, never the path: `/v1/cases/{id}`. A router included with a prefix keeps its whole path elsewhere."""
    effective: Any = scope.get("fastapi", {}).get("effective_route_context")
    return getattr(effective or scope.get("route"), "path", None) or "unmatched"
