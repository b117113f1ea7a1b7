from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.issuer import Issuer, TokenRequest
from sandbox.settings import is_loopback


def issuer_routes(issuer: Issuer) -> APIRouter:
    router = APIRouter(prefix="/issuer", tags=["issuer"])

    @router.get("/.well-known/openid-configuration")
    async def configuration() -> Response:
        return JSONResponse(issuer.configuration())

    @router.get("/jwks.json")
    async def jwks() -> Response:
        return JSONResponse(issuer.jwks(), headers={"cache-control": "max-age=60"})

    @router.post("/token")
    async def token(request: Request, wanted: TokenRequest) -> Response:
        # A page in a browser could reach loopback under a name of its own (DNS rebinding).
        if not is_loopback(request.url.hostname or ""):
            return JSONResponse({"error": "invalid_request", "error_description": "Ask on a loopback name."}, 403)
        return JSONResponse(issuer.token(wanted), headers={"cache-control": "no-store"})

    return router
