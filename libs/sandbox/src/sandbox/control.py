"""The operator's door: look at what arrived, command faults, set the scene."""

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator
from starlette.responses import Response

from sandbox.faults import FaultSpec
from sandbox.state import Sandbox
from sandbox.webhooks.api import decode_secret
from sandbox.whatsapp.receipts import Callback
from sandbox.wire import Json, encode_json

Since = Annotated[int, Query(ge=0)]
Limit = Annotated[int, Query(ge=1, le=200_000)]


class _Command(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ReplyToken(_Command):
    token: str = Field(min_length=1)
    user_id: str = Field(min_length=1)
    ttl_seconds: float | None = Field(default=None, gt=0)


class ReplyTokens(_Command):
    tokens: tuple[ReplyToken, ...] = Field(min_length=1)


class LineOptions(_Command):
    unknown_reply_tokens: Literal["accept", "refuse"] | None = None
    reply_token_ttl_seconds: float | None = Field(default=None, gt=0)


class Window(_Command):
    """`open` with `last_inbound_at` opens from that moment; without it, from now."""

    phone_number_id: str = Field(min_length=1)
    wa_id: str = Field(min_length=1)
    open: bool = True
    last_inbound_at: AwareDatetime | None = None


class WhatsAppOptions(_Command):
    window_default: Literal["open", "closed"]


class Receiver(_Command):
    name: str = Field(pattern=r"^[A-Za-z0-9._-]{1,100}$")
    secrets: tuple[str, ...] = Field(min_length=1)

    @field_validator("secrets")
    @classmethod
    def decodable(cls, secrets: tuple[str, ...]) -> tuple[str, ...]:
        for secret in secrets:
            decode_secret(secret)
        return secrets


def control_routes(sandbox: Sandbox) -> APIRouter:
    router = APIRouter(prefix="/_control", tags=["control"])
    _ledger_routes(router, sandbox)
    _fault_routes(router, sandbox)
    _line_routes(router, sandbox)
    _whatsapp_routes(router, sandbox)

    @router.post("/webhooks")
    async def register_receiver(receiver: Receiver) -> Response:
        sandbox.webhooks.register(receiver.name, receiver.secrets)
        return _json({"name": receiver.name, "secrets": len(receiver.secrets)})

    return router


def _ledger_routes(router: APIRouter, sandbox: Sandbox) -> None:
    @router.get("/requests")
    async def requests(
        provider: str | None = None, recipient: str | None = None, since: Since = 0, limit: Limit = 10_000
    ) -> Response:
        return _json(sandbox.ledger.requests(provider, recipient, since, limit))

    @router.get("/visible")
    async def visible(
        provider: str | None = None, recipient: str | None = None, since: Since = 0, limit: Limit = 10_000
    ) -> Response:
        return _json(sandbox.ledger.visible(provider, recipient, since, limit))

    @router.get("/counts")
    async def counts() -> Response:
        return _json({**sandbox.ledger.counts(), "receipts": sandbox.whatsapp.receipts.counts()})

    @router.post("/reset")
    async def reset() -> Response:
        sandbox.reset()
        return _json({"reset": True})


def _fault_routes(router: APIRouter, sandbox: Sandbox) -> None:
    @router.post("/faults")
    async def arm(spec: FaultSpec) -> Response:
        return _json(sandbox.faults.arm(spec).describe())

    @router.get("/faults")
    async def armed() -> Response:
        return _json({"items": sandbox.faults.describe()})

    @router.delete("/faults")
    async def clear() -> Response:
        return _json({"cleared": sandbox.faults.clear()})


def _line_routes(router: APIRouter, sandbox: Sandbox) -> None:
    tokens = sandbox.line.reply_tokens

    @router.post("/line/reply-tokens")
    async def register(command: ReplyTokens) -> Response:
        for one in command.tokens:
            tokens.register(one.token, one.user_id, one.ttl_seconds)
        return _json({"registered": len(command.tokens)})

    @router.post("/line/options")
    async def options(command: LineOptions) -> Response:
        if command.unknown_reply_tokens is not None:
            tokens.accept_unknown = command.unknown_reply_tokens == "accept"
        if "reply_token_ttl_seconds" in command.model_fields_set:
            tokens.ttl_seconds = command.reply_token_ttl_seconds
        unknown = "accept" if tokens.accept_unknown else "refuse"
        return _json({"unknown_reply_tokens": unknown, "reply_token_ttl_seconds": tokens.ttl_seconds})


def _whatsapp_routes(router: APIRouter, sandbox: Sandbox) -> None:
    windows = sandbox.whatsapp.windows

    @router.post("/whatsapp/windows")
    async def window(command: Window) -> Response:
        number, person = command.phone_number_id, command.wa_id
        last: datetime | None = command.last_inbound_at
        windows.open(number, person, last) if command.open else windows.close(number, person)
        return _json({"open": windows.is_open(number, person)})

    @router.post("/whatsapp/options")
    async def options(command: WhatsAppOptions) -> Response:
        windows.default = command.window_default
        return _json({"window_default": windows.default})

    @router.post("/whatsapp/callback")
    async def callback(command: Callback) -> Response:
        sandbox.whatsapp.receipts.configure(command)
        return _json(command.model_dump(mode="json", exclude={"app_secret"}))


def _json(value: Json) -> Response:
    return Response(encode_json(value), media_type="application/json")
