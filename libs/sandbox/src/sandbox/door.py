"""One request through a miniature provider: read, fault, answer, record, respond."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from sandbox.fault_responses import ResetResponse, respond
from sandbox.faults import FaultSpec, FaultTable
from sandbox.ledger import Ledger
from sandbox.wire import Answer, Call, render

_MAX_BODY = 4 * 1024 * 1024
_UNREAD = Answer(status=0)

Handler = Callable[[Call], Answer]


@dataclass(frozen=True, slots=True)
class Door:
    """`recipient_of` finds whom a call is for, without judging it; `fault_answer` is the provider's own error shape."""

    provider: str
    ledger: Ledger
    faults: FaultTable
    recipient_of: Callable[[Call], str | None]
    fault_answer: Callable[[FaultSpec], Answer]

    async def serve(self, request: Request, handler: Handler) -> Response:
        path, query = request.url.path, dict(request.query_params)
        call = Call(self.provider, request.method, path, request.headers, request.path_params, query=query)
        early = self.faults.take_early(self.provider, call.path)
        if early is not None:
            self.ledger.record(call, None, _UNREAD, None, early.kind)
            return ResetResponse()
        try:
            body = await _read(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            too_large = Answer(413)
            self.ledger.record(call, None, too_large, too_large.status, None)
            return render(too_large)
        return self._answer(replace(call, body=body), handler)

    def _answer(self, call: Call, handler: Handler) -> Response:
        recipient = self.recipient_of(call)
        fault = self.faults.take(self.provider, call.path, recipient)
        answer = handler(call) if fault is None or fault.accepts else _UNREAD
        if fault is not None and fault.kind in ("status", "redirect"):
            told = self._told(fault)
            answer = replace(told, shown=answer.shown, duplicate=answer.duplicate)
        status = answer.status if fault is None or fault.answered else None
        self.ledger.record(call, recipient, answer, status, fault.kind if fault else None)
        return respond(fault, answer)

    def _told(self, fault: FaultSpec) -> Answer:
        if fault.kind == "redirect":
            status = fault.status if 300 <= fault.status < 400 else 307
            return Answer(status, headers={"location": fault.location})
        answer = self.fault_answer(fault) if fault.body is None else Answer(fault.status, fault.body)
        if fault.retry_after is None:
            return answer
        return replace(answer, headers={**answer.headers, "retry-after": str(fault.retry_after)})


async def _read(request: Request) -> bytes | None:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > _MAX_BODY:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
