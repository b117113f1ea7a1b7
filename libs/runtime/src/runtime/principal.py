"""The caller, as far as it has been proved."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Principal:
    tenant: str
    subject: str
    scopes: frozenset[str]
    agent_id: str | None = None
