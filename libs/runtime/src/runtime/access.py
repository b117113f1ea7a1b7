"""Who may call a route: declared at the route, denied when nothing is declared."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from fastapi import FastAPI, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.security import APIKeyHeader, HTTPBearer
from starlette.datastructures import Headers

from runtime.auth import Principal
from runtime.errors import Refused

_bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="OIDC access token")
_api_key = APIKeyHeader(name="X-Api-Key", auto_error=False, description="mdg_<key id>_<secret>")


class Authenticates(Protocol):
    async def authenticate(self, headers: Headers) -> Principal: ...


@dataclass(frozen=True)
class Requires:
    scopes: tuple[str, ...]

    async def __call__(
        self,
        request: Request,
        _: Annotated[object, Security(_bearer)] = None,
        __: Annotated[object, Security(_api_key)] = None,
    ) -> Principal:
        authenticator: Authenticates = request.app.state.authenticator
        principal = await authenticator.authenticate(request.headers)
        for scope in self.scopes:
            if scope not in principal.scopes:
                raise Refused("scope_missing", f"This needs the scope {scope}.", status=403)
        return principal


@dataclass(frozen=True)
class Public:
    async def __call__(self) -> None:
        return None


def requires(*scopes: str) -> Any:
    """`caller: Annotated[Principal, requires("cases:read")]`. All the scopes are needed; at least one must be named."""
    if not scopes:
        raise ValueError("requires() needs at least one scope")
    return Security(Requires(scopes))


def public() -> Any:
    """For `dependencies=[public()]` of a route or router that authenticates otherwise (a signature) or needs nothing."""
    return Security(Public())


def undeclared_routes(app: FastAPI) -> list[str]:
    """Every route, mount and socket that says neither `requires` nor `public`."""
    return [
        f"{','.join(sorted(route.methods or ()))} {route.path}".strip()
        for route in iter_route_contexts(app.routes)
        if not any(isinstance(call, Requires | Public) for call in _calls(getattr(route, "dependant", None)))
    ]


def needs_authenticator(app: FastAPI) -> bool:
    dependants = (getattr(route, "dependant", None) for route in iter_route_contexts(app.routes))
    return any(isinstance(call, Requires) for dependant in dependants for call in _calls(dependant))


def _calls(dependant: Dependant | None) -> Iterator[object]:
    if dependant is None:
        return
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)
