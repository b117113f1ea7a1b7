"""Faults on command: which request they strike, and how often."""

from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Provider = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_-]{0,62}$")]
Kind = Literal["status", "reset_before_body", "accept_then_reset", "hang", "slow", "half_response", "redirect"]
_ACCEPTING: frozenset[str] = frozenset({"accept_then_reset", "slow", "half_response"})
_UNANSWERED: frozenset[str] = frozenset({"reset_before_body", "accept_then_reset", "hang"})


class Match(BaseModel):
    """`path` is a glob over the whole path, `recipient` the exact address."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: str | None = None
    recipient: str | None = None


class FaultSpec(BaseModel):
    """`times` null strikes until deleted; `accept` says whether the message is taken although the answer fails."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    provider: Provider
    kind: Kind
    match: Match = Match()
    times: Annotated[int, Field(ge=1)] | None = 1
    status: Annotated[int, Field(ge=200, le=599)] = 500
    code: int | None = None
    retry_after: Annotated[int, Field(ge=0)] | None = None
    body: Any = None
    seconds: Annotated[float, Field(ge=0, le=600)] = 60.0
    location: str = "/redirected"
    accept: bool | None = None

    @model_validator(mode="after")
    def accept_fits_kind(self) -> Self:
        if self.kind == "reset_before_body" and self.accept:
            raise ValueError("reset_before_body cannot accept a message it has not read; use accept_then_reset")
        if self.kind == "accept_then_reset" and self.accept is False:
            raise ValueError("accept_then_reset always accepts; use reset_before_body")
        return self

    @property
    def accepts(self) -> bool:
        return self.kind in _ACCEPTING if self.accept is None else self.accept

    @property
    def answered(self) -> bool:
        return self.kind not in _UNANSWERED


class Armed:
    def __init__(self, number: int, spec: FaultSpec) -> None:
        self.number = number
        self.spec = spec
        self.struck = 0

    @property
    def spent(self) -> bool:
        return self.spec.times is not None and self.struck >= self.spec.times

    def hits(self, provider: str, path: str, recipient: str | None) -> bool:
        match = self.spec.match
        return (
            not self.spent
            and self.spec.provider == provider
            and (match.path is None or fnmatchcase(path, match.path))
            and (match.recipient is None or match.recipient == recipient)
        )

    def describe(self) -> dict[str, Any]:
        return {"id": self.number, "struck": self.struck, "spent": self.spent, **self.spec.model_dump(mode="json")}


class FaultTable:
    """Armed faults in the order they were asked for; the first that matches strikes."""

    def __init__(self) -> None:
        self._armed: list[Armed] = []
        self._number = 0

    def arm(self, spec: FaultSpec) -> Armed:
        self._number += 1
        armed = Armed(self._number, spec)
        self._armed = [one for one in self._armed if not one.spent] + [armed]
        return armed

    def clear(self) -> int:
        cleared, self._armed = len(self._armed), []
        return cleared

    def take_early(self, provider: str, path: str) -> FaultSpec | None:
        """A reset that needs no look at the body; a fault armed before it keeps its turn."""
        first = next((one for one in self._armed if one.hits(provider, path, one.spec.match.recipient)), None)
        if first is None or first.spec.kind != "reset_before_body" or first.spec.match.recipient is not None:
            return None
        return self._strike(first)

    def take(self, provider: str, path: str, recipient: str | None) -> FaultSpec | None:
        first = next((one for one in self._armed if one.hits(provider, path, recipient)), None)
        return None if first is None else self._strike(first)

    def _strike(self, armed: Armed) -> FaultSpec:
        armed.struck += 1
        return armed.spec

    def describe(self) -> list[dict[str, Any]]:
        return [one.describe() for one in self._armed]
