"""What the database itself guarantees."""

from datetime import UTC, datetime
from uuid import uuid4

import asyncpg
import pytest

from contracts.envelope import Envelope
from contracts.inbound import (
    MessagePartReceived,
    MessageUnsent,
    ReactionReceived,
    ReceiptReceived,
    UnrecognisedReceived,
)
from contracts.values import MessageStatus

pytestmark = pytest.mark.integration
INFRASTRUCTURE = {"schema_revision", "partition_lease", "delivery_attempt"}


async def fill_every_table(house) -> None:
    house.configs.accept(
        house.tenant_config("acme", revision=2, bots=({"id": "faq", "name": "FAQ", "channels": ("line",)},))
    )
    message = house.line_message()
    case_id = await house.open_case(message)
    await house.reply(case_id, key="k1")
    shared = {
        "channel": "line",
        "account": "line-main",
        "conversation": "U1",
        "occurred_at": datetime.now(UTC),
        "received_at": datetime.now(UTC),
    }
    await house.deliver(
        ReceiptReceived(provider_event_id="1", provider_message_id="none", status=MessageStatus.READ, **shared)
    )
    reaction = ReactionReceived(
        provider_event_id="2",
        provider_message_id=message.provider_message_id,
        contact=message.contact,
        emoji="👍",
        **shared,
    )
    unsent = MessageUnsent(provider_event_id="3", provider_message_id="none", contact=message.contact, **shared)
    await house.deliver(reaction, unsent, UnrecognisedReceived(provider_event_id="4", reason="x", raw="{}", **shared))
    part = MessagePartReceived(
        provider_event_id="5",
        provider_message_id="p1",
        contact=message.contact,
        reference="1",
        index=1,
        total=2,
        content=message.content,
        **shared,
    )
    await house.deliver(part)
    await house.database.system.execute("INSERT INTO event_seen VALUES ('test', $1, 'acme')", uuid4())
    await house.database.system.execute(
        "INSERT INTO api_key (key_id, tenant_id, secret_sha256, scopes, expires_at) VALUES ('k', 'acme', '', '{}', now())"
    )


async def tables(house) -> list[str]:
    rows = await house.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'case_store'")
    return sorted({row["tablename"] for row in rows} - INFRASTRUCTURE)


async def test_another_tenant_sees_no_row_of_any_table(house) -> None:
    await fill_every_table(house)
    for table in await tables(house):
        mine = await house.fetch(f"SELECT count(*) FROM {table}")
        theirs = await house.fetch(f"SELECT count(*) FROM {table}", tenant="beta")
        nobodys = await house.database.tenants.fetchval(f"SELECT count(*) FROM {table}")
        assert mine[0][0] > 0, table
        assert (theirs[0][0], nobodys) == (0, 0), table


async def test_every_table_is_under_forced_row_level_security(house) -> None:
    rows = await house.fetch(
        """SELECT relname FROM pg_class WHERE relnamespace = 'case_store'::regnamespace AND relkind = 'r'
           AND NOT (relrowsecurity AND relforcerowsecurity)"""
    )
    assert {row["relname"] for row in rows} == INFRASTRUCTURE
    role = await house.fetch("SELECT rolsuper, rolbypassrls FROM pg_roles WHERE rolname = current_user")
    assert tuple(role[0]) == (False, False)


async def test_a_row_of_another_tenant_cannot_be_written(house) -> None:
    case_id = await house.open_case()
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with house.transactions.begin("beta") as work:
            await work.connection.execute(
                "INSERT INTO customer (tenant_id, id, kind, created_at) VALUES ('acme', $1, 'person', now())", uuid4()
            )
    async with house.transactions.begin("beta") as work:
        assert await work.connection.execute("UPDATE customer_case SET status = 'open'") == "UPDATE 0"
    assert (await house.api.get(f"/v1/cases/{case_id}")).status_code == 200


async def test_the_same_person_at_two_tenants_is_two_customers(house) -> None:
    message = house.line_message()
    await house.deliver(message)
    await house.deliver(message, tenant="beta")
    mine = await house.fetch("SELECT id FROM customer")
    theirs = await house.fetch("SELECT id FROM customer", tenant="beta")
    assert len(mine) == len(theirs) == 1
    assert mine[0]["id"] != theirs[0]["id"]


async def test_a_batch_of_several_tenants_keeps_them_apart(house) -> None:
    tenants = ("acme", "beta") * 3
    await house.deliver_enveloped(
        *(Envelope(uuid4(), tenant, "test", datetime.now(UTC), house.line_message()) for tenant in tenants)
    )
    for tenant in ("acme", "beta"):
        rows = await house.fetch("SELECT last_seq FROM customer_case", tenant=tenant)
        assert [row["last_seq"] for row in rows] == [3]


async def test_a_second_open_case_of_a_customer_is_refused_by_the_store(house) -> None:
    await house.open_case()
    with pytest.raises(asyncpg.UniqueViolationError):
        async with house.transactions.begin("acme") as work:
            await work.connection.execute(
                """INSERT INTO customer_case (tenant_id, id, customer_id, status, opened_at)
                   SELECT tenant_id, $1, customer_id, 'open', now() FROM customer_case""",
                uuid4(),
            )
