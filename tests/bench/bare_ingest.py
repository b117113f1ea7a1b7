"""The raw limit of a webhook door: one Starlette route, an HMAC, one aiokafka produce awaited. Nothing is parsed, checked or told.

Started as `python bare_ingest.py PORT BOOTSTRAP TOPIC SECRET`.
"""

import base64
import contextlib
import hashlib
import hmac
import sys
from collections.abc import AsyncIterator

import uvicorn
from aiokafka import AIOKafkaProducer
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route


def create_app(bootstrap: str, topic: str, secret: bytes) -> Starlette:
    producer: AIOKafkaProducer

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        nonlocal producer
        producer = AIOKafkaProducer(
            bootstrap_servers=bootstrap, acks="all", enable_idempotence=True, linger_ms=2, max_batch_size=256 * 1024
        )
        await producer.start()
        yield
        await producer.stop()

    async def post(request: Request) -> Response:
        body = await request.body()
        expected = base64.b64encode(hmac.digest(secret, body, hashlib.sha256)).decode()
        if not hmac.compare_digest(request.headers.get("x-line-signature", ""), expected):
            return Response(status_code=401)
        await (await producer.send(topic, body, key=hashlib.sha256(body).digest()))
        return Response(b"{}", media_type="application/json")

    async def ready(request: Request) -> Response:
        return Response()

    routes = [Route("/webhooks/line/{account}", post, methods=["POST"]), Route("/readyz", ready)]
    return Starlette(routes=routes, lifespan=lifespan)


if __name__ == "__main__":
    _, port, bootstrap, topic, secret = sys.argv
    uvicorn.run(
        create_app(bootstrap, topic, secret.encode()),
        port=int(port),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
    )
