"""What a service says when it starts and its database doesn't take it; and that other troubles keep their own names."""

from unittest.mock import AsyncMock

import asyncpg
import pytest

from runtime import postgres
from runtime.errors import DependencyDown

OPEN = {"schema": "case_store", "application_name": "case-store"}


@pytest.mark.parametrize(
    "refusal",
    [
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.TooManyConnectionsError("too many clients"),
        asyncpg.InvalidPasswordError("no"),
        ConnectionRefusedError(),
    ],
    ids=lambda one: type(one).__name__,
)
async def test_a_database_that_takes_nobody_is_a_dependency_that_is_down(
    refusal: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asyncpg, "create_pool", AsyncMock(side_effect=refusal))
    with pytest.raises(DependencyDown, match=f"Postgres refused the connection: {type(refusal).__name__}"):
        async with postgres.connect("postgresql://nowhere", **OPEN):
            pytest.fail("nothing is open")


async def test_what_fails_while_the_database_is_open_is_not_laid_at_its_door(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncpg, "create_pool", AsyncMock())
    with pytest.raises(OSError, match="no space left"):
        async with postgres.connect("postgresql://nowhere", **OPEN):
            raise OSError("no space left on the spans' disk")
