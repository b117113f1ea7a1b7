import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated, NamedTuple
from uuid import UUID

import httpx
import pytest
from fastapi import APIRouter, FastAPI, Query

from runtime import api
from runtime.api import Page, PageCursor, PageLimit, Principal, create_api, page, public, read_cursor, requires
from runtime.errors import DependencyDown, Failure, NotFound, OutcomeUnknown, Refused
from runtime.testing.auth import FixedAuthenticator
from runtime.testing.spans import recorded_spans

CALLER = Principal("acme", "user-1", frozenset({"cases:read", "cases:write"}), "mika")
ORIGIN = "http://service.test"


class Tone(StrEnum):
    WARM = "warm"


class Line(api.Request):
    text: str
    count: int = 1


class Order(api.Request):
    lines: tuple[Line, ...]
    case_id: UUID | None = None
    due: datetime | None = None
    wait: timedelta | None = None
    tone: Tone = Tone.WARM
    urgent: bool = False
    weight: float | None = None
    labels: dict[str, int] = {}


class After(NamedTuple):
    id: int


FAILURES = {
    "refused": Refused("case_closed", "The case is closed.", pointer="/text"),
    "absent": NotFound("case", "c-1"),
    "down": DependencyDown("the database can't be reached"),
    "unknown": OutcomeUnknown("the broker did not answer"),
    "failure": Failure("canary"),
    "bug": ValueError("canary"),
}


def routes() -> APIRouter:
    router = APIRouter(prefix="/v1")

    @router.post("/orders", status_code=201)
    async def order(body: Order, caller: Annotated[Principal, requires("cases:write")]) -> Order:
        return body

    @router.get("/orders/{id}")
    async def show(id: UUID, caller: Annotated[Principal, requires("cases:read")]) -> dict[str, str]:
        return {"id": str(id), "tenant": caller.tenant}

    @router.get("/fail/{how}", dependencies=[requires("cases:read")])
    async def fail(how: str) -> None:
        raise FAILURES[how]

    @router.get("/numbers", dependencies=[requires("cases:read")])
    async def numbers(limit: PageLimit = 3, cursor: PageCursor = None) -> Page[int]:
        after = read_cursor(cursor, After)
        start = after.id + 1 if after else 0
        return page(range(start, min(start + limit + 1, 8)), limit, After)

    @router.get("/admin", dependencies=[requires("cases:read", "admin")])
    async def admin(word: Annotated[str, Query()] = "") -> None:
        return None

    return router


def client_of(app: FastAPI) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(create_api("test", "1", [routes()], FixedAuthenticator(CALLER))) as opened:
        yield opened


async def post(client: httpx.AsyncClient, content: bytes, **headers: str) -> httpx.Response:
    known = {"content-type": "application/json"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post("/v1/orders", content=content, headers=known)


def problem_of(response: httpx.Response) -> tuple[int, str]:
    assert response.headers["content-type"] == "application/problem+json"
    told = response.json()
    assert told["status"] == response.status_code
    assert told["type"] == f"urn:madoguchi:problem:{told['code']}"
    assert told["title"]
    assert told["detail"]
    assert "canary" not in response.text
    return response.status_code, told["code"]


async def test_a_good_body_arrives(client: httpx.AsyncClient) -> None:
    order = {
        "lines": [{"text": "返金したいです 🙏", "count": 2}],
        "case_id": "01890000-0000-7000-8000-000000000000",
        "due": "2026-11-21T09:30:00Z",
        "wait": "PT5M",
        "tone": "warm",
        "urgent": True,
        "weight": 1,
        "labels": {"a": 1},
    }
    response = await client.post("/v1/orders", json=order)
    assert response.status_code == 201, response.text
    assert response.json()["lines"] == order["lines"]


@pytest.mark.parametrize(
    ("how", "expected", "retry"),
    [
        ("refused", (409, "case_closed"), None),
        ("absent", (404, "case_not_found"), None),
        ("down", (503, "dependency_down"), "1"),
        ("unknown", (503, "outcome_unknown"), "1"),
        ("failure", (500, "internal_error"), None),
        ("bug", (500, "internal_error"), None),
    ],
)
async def test_each_failure_has_its_answer(
    client: httpx.AsyncClient, how: str, expected: tuple[int, str], retry: str | None
) -> None:
    with recorded_spans() as spans:
        response = await client.get(f"/v1/fail/{how}")
    assert problem_of(response) == expected
    assert response.headers.get("retry-after") == retry
    assert response.json()["trace_id"] == spans.named("GET /v1/fail/{how}")["trace_id"]


async def test_a_refusal_points_at_the_field(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/fail/refused")).json()["pointer"] == "/text"


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", "/nowhere", (404, "route_not_found")),
        ("GET", "/v1/orders/", (404, "route_not_found")),
        ("DELETE", "/v1/orders", (405, "method_not_allowed")),
        ("GET", "/v1/orders/not-a-uuid", (422, "invalid_request")),
        ("GET", "/v1/numbers?limit=0", (422, "invalid_request")),
        ("GET", "/v1/numbers?cursor=%25%25", (400, "bad_cursor")),
        ("GET", "/v1/numbers?cursor=bm90IGpzb24", (400, "bad_cursor")),
        ("GET", "/v1/numbers?cursor=WyJ4Il0", (400, "bad_cursor")),
        ("GET", "/v1/admin?word=a%00b", (400, "invalid_text")),
        ("GET", "/v1/fail/a%00b", (400, "invalid_text")),
        ("GET", "/v1/admin", (403, "scope_missing")),
    ],
)
async def test_a_wrong_request_line_is_refused(
    client: httpx.AsyncClient, method: str, path: str, expected: tuple[int, str]
) -> None:
    assert problem_of(await client.request(method, path)) == expected


async def test_the_missing_scope_is_named(client: httpx.AsyncClient) -> None:
    assert "admin" in (await client.get("/v1/admin")).json()["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/lines"),
        ({"lines": [{"text": 5}]}, "/lines/0/text"),
        ({"lines": [{"text": {"$gt": ""}}]}, "/lines/0/text"),
        ({"lines": [{"text": "a", "count": "5"}]}, "/lines/0/count"),
        ({"lines": [{"text": "a", "count": True}]}, "/lines/0/count"),
        ({"lines": [{"text": "a", "count": 1.5}]}, "/lines/0/count"),
        ({"lines": [], "urgent": 1}, "/urgent"),
        ({"lines": [], "urgent": "yes"}, "/urgent"),
        ({"lines": [], "labels": {"a": "1"}}, "/labels/a"),
        ({"lines": [], "tone": "canary"}, "/tone"),
        ({"lines": [], "due": "canary"}, "/due"),
        ({"lines": [], "a/b~c": 1}, "/a~1b~0c"),
        ([], ""),
        ("text", ""),
    ],
)
async def test_a_wrong_field_is_pointed_at(client: httpx.AsyncClient, body: object, pointer: str) -> None:
    response = await client.post("/v1/orders", json=body)
    assert problem_of(response) == (422, "invalid_request")
    assert response.json()["pointer"] == pointer


async def test_all_wrong_fields_are_listed(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/orders", json={"lines": [{}, {"text": 1}], "extra": 1})
    assert [(each["place"], each["pointer"]) for each in response.json()["errors"]] == [
        ("body", "/lines/0/text"),
        ("body", "/lines/1/text"),
        ("body", "/extra"),
    ]


def nested(depth: int) -> bytes:
    return b'{"lines": ' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"{", (400, "invalid_json")),
        (b'{"lines": [],}', (400, "invalid_json")),
        (b'{"lines": "\xff"}', (400, "invalid_json")),
        (b'{"lines": "a\x00b"}', (400, "invalid_json")),
        ('{"lines": []}'.encode("utf-16"), (400, "invalid_json")),
        (b'{"lines": [], "weight": NaN}', (400, "invalid_json")),
        (b'{"lines": [], "weight": -Infinity}', (400, "invalid_json")),
        (b'{"lines": [], "weight": 1e999}', (422, "invalid_request")),
        (b'{"lines": [{"text": "a", "count": ' + b"9" * 5000 + b"}]}", (400, "invalid_json")),
        (b'{"lines": [{"text": "a\\u0000b"}]}', (422, "invalid_text")),
        (b'{"lines": [{"text": "a\\ud83d"}]}', (422, "invalid_text")),
        (b'{"lines": [{"text\\udc00": "a"}]}', (422, "invalid_text")),
        (nested(32), (422, "invalid_request")),
        (nested(33), (400, "json_too_deep")),
        (nested(100_000), (400, "json_too_deep")),
    ],
)
async def test_a_bad_body_is_refused(client: httpx.AsyncClient, content: bytes, expected: tuple[int, str]) -> None:
    assert problem_of(await post(client, content)) == expected


async def test_a_bad_text_is_pointed_at(client: httpx.AsyncClient) -> None:
    response = await post(client, b'{"lines": [{"text": "ok"}, {"text": "\\u0000"}]}')
    assert response.json()["pointer"] == "/lines/1/text"


async def test_an_escaped_whole_character_is_fine(client: httpx.AsyncClient) -> None:
    response = await post(client, b'{"lines": [{"text": "\\ud83d\\ude4f \\\\u0000"}]}')
    assert response.status_code == 201, response.text


async def test_wide_bodies_are_not_deep(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/orders", json={"lines": [{"text": "["}] * 500})).status_code == 201


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
async def test_another_content_type_is_refused(client: httpx.AsyncClient, content_type: str) -> None:
    assert problem_of(await post(client, b"{}", content_type=content_type)) == (415, "content_type_unsupported")


async def test_a_body_without_content_type_is_refused(client: httpx.AsyncClient) -> None:
    assert problem_of(await client.post("/v1/orders", content=b"{}")) == (415, "content_type_unsupported")


async def test_a_compressed_body_is_refused(client: httpx.AsyncClient) -> None:
    assert problem_of(await post(client, b"x", content_encoding="gzip")) == (415, "content_encoding_unsupported")


async def test_an_announced_large_body_is_refused_unread(client: httpx.AsyncClient) -> None:
    response = await post(client, b"x" * (256 * 1024 + 1))
    assert problem_of(response) == (413, "body_too_large")
    assert response.headers["connection"] == "close"


async def test_every_answer_has_safe_headers(client: httpx.AsyncClient) -> None:
    for path in ("/v1/orders/01890000-0000-7000-8000-000000000000", "/nowhere", "/v1/fail/bug", "/openapi.json"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


async def test_pages_follow_their_cursor_to_the_end(client: httpx.AsyncClient) -> None:
    seen: list[int] = []
    query: dict[str, str] | None = {}
    while query is not None:
        found = (await client.get("/v1/numbers", params=query)).json()
        seen += found["items"]
        query = {"cursor": found["next"]} if found["next"] else None
    assert seen == list(range(8))


REMOTE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


async def test_a_request_is_a_span_of_the_callers_trace(client: httpx.AsyncClient) -> None:
    with recorded_spans() as spans:
        path = "/v1/orders/01890000-0000-7000-8000-000000000000?secret=canary"
        await client.get(path, headers={"traceparent": REMOTE})
    span = spans.named("GET /v1/orders/{id}")
    assert (span["trace_id"], span["parent_id"]) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    assert span["attributes"] == {
        "http.request.method": "GET",
        "http.route": "/v1/orders/{id}",
        "http.response.status_code": 200,
    }
    assert span["kind"] == "server"
    assert "canary" not in repr(spans.lines())


async def test_a_strangers_trace_is_linked_and_not_joined() -> None:
    door = APIRouter(dependencies=[public()])

    @door.post("/hooks/{channel}")
    async def hook(channel: str) -> str:
        return channel

    with recorded_spans() as spans:
        async with client_of(create_api("test", "1", [door])) as client:
            await client.post("/hooks/line", headers={"traceparent": REMOTE})
    span = spans.named("POST /hooks/{channel}")
    assert span["trace_id"] != "0af7651916cd43dd8448eb211c80319c"
    assert [link["span_id"] for link in span["links"]] == ["b7ad6b7169203331"]


async def test_a_server_error_marks_the_span(client: httpx.AsyncClient) -> None:
    with recorded_spans() as spans:
        await client.get("/v1/fail/down")
        await client.get("/v1/fail/absent")
    assert [line["status"] for line in spans.lines()] == ["error", "unset"]


def test_a_route_that_declares_nothing_fails_the_build() -> None:
    router = APIRouter(prefix="/v1")

    @router.get("/open")
    async def open_door() -> None:
        return None

    outer = APIRouter(prefix="/v2")
    outer.include_router(router)
    with pytest.raises(ValueError, match="GET /v2/v1/open"):
        create_api("test", "1", [routes(), outer], FixedAuthenticator(CALLER))


def test_sockets_and_mounts_are_doors_too() -> None:
    app = create_api("test", "1", [])
    assert api.undeclared_routes(app) == []
    app.mount("/files", FastAPI(openapi_url=None))
    app.add_api_websocket_route("/stream", lambda websocket: None)
    assert api.undeclared_routes(app) == ["/files", "/stream"]


def test_scopes_without_an_authenticator_fail_the_build() -> None:
    with pytest.raises(ValueError, match="needs an authenticator"):
        create_api("test", "1", [routes()])


def test_requires_wants_a_scope() -> None:
    with pytest.raises(ValueError, match="at least one scope"):
        requires()


async def test_openapi_describes_security_and_problems(client: httpx.AsyncClient) -> None:
    document = json.loads((await client.get("/openapi.json")).text)
    assert document["openapi"].startswith("3.1")
    assert set(document["components"]["securitySchemes"]) == {"HTTPBearer", "APIKeyHeader"}
    operation = document["paths"]["/v1/orders"]["post"]
    assert [set(scheme) for scheme in operation["security"]] == [{"HTTPBearer"}, {"APIKeyHeader"}]
    for status in ("4XX", "5XX"):
        schema = operation["responses"][status]["content"]["application/problem+json"]["schema"]
        assert schema == {"$ref": "#/components/schemas/Problem"}
    assert document["components"]["schemas"]["Problem"]["required"] == ["type", "title", "status", "detail", "code"]
    assert "HTTPValidationError" not in document["components"]["schemas"]
    assert operation["operationId"] == "order"
