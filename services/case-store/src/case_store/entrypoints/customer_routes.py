from typing import Annotated, cast
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from case_store.domain.customer import AddressKey, Customer
from case_store.entrypoints.doors import Doors, IfMatch, author_of, etag, expected_revision, set_only
from case_store.entrypoints.requests import CustomerBody, LinkBody, Word
from case_store.handlers import examples
from case_store.handlers.change_customer import CustomerChange, change_customer
from case_store.handlers.examples import page_of
from case_store.handlers.link_contact_point import LinkContactPoint, Linked, link_contact_point
from case_store.handlers.ports import Work
from case_store.handlers.views import ContactPointView, CustomerView, LinkedView
from runtime.api import IdempotencyKey, Page, Principal, Reply, requires
from runtime.errors import NotFound


def customer_router(doors: Doors) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["customers"])
    _reads(router, doors)
    _commands(router, doors)
    return router


def _reads(router: APIRouter, doors: Doors) -> None:
    @router.get("/customers/{customer_id}")
    async def show_customer(
        customer_id: UUID, response: Response, caller: Annotated[Principal, requires("customers:read")]
    ) -> CustomerView:
        """With their open case, and an ETag."""
        async with doors.read(caller) as reader:
            customer = await reader.customer(customer_id)
        if customer is None:
            raise NotFound("customer", customer_id)
        response.headers["etag"] = etag(customer.revision)
        return customer

    @router.get("/customers/{customer_id}/contact-points", responses=page_of(examples.CONTACT_POINT))
    async def list_contact_points(
        customer_id: UUID, caller: Annotated[Principal, requires("customers:read")]
    ) -> Page[ContactPointView]:
        """Where they write from."""
        async with doors.read(caller) as reader:
            if await reader.customer(customer_id) is None:
                raise NotFound("customer", customer_id)
            return Page(items=await reader.contact_points(customer_id))

    @router.get("/contact-points", responses=page_of(examples.CONTACT_POINT))
    async def find_contact_points(
        account: Annotated[Word, Query()],
        address: Annotated[Word, Query()],
        caller: Annotated[Principal, requires("customers:read")],
    ) -> Page[ContactPointView]:
        """Who is this address? With the customer and their open case. Nobody: no items."""
        async with doors.read(caller) as reader:
            return Page(items=await reader.contact_points_at(account, address))


def _commands(router: APIRouter, doors: Doors) -> None:
    @router.patch("/customers/{customer_id}", response_model=CustomerView)
    async def change(
        customer_id: UUID,
        body: CustomerBody,
        caller: Annotated[Principal, requires("customers:write")],
        key: IdempotencyKey,
        if_match: IfMatch = None,
    ) -> Response:
        """The router hears of it for their open case: SLA policies are selected anew."""
        wanted = cast(CustomerChange, body.model_dump(exclude_unset=True))
        revision = expected_revision(if_match)

        async def produce(work: Work) -> Reply:
            return Reply(200, _customer(await change_customer(customer_id, wanted, work, revision=revision)))

        return await doors.command(caller, key, f"PATCH /v1/customers/{customer_id}", set_only(body), produce)

    @router.post("/customers/{customer_id}/contact-points", status_code=201, response_model=LinkedView)
    async def link(
        customer_id: UUID,
        body: LinkBody,
        caller: Annotated[Principal, requires("customers:write")],
        key: IdempotencyKey,
    ) -> Response:
        """201 when the contact point is new here, 200 when it was this customer's already."""
        command = LinkContactPoint(
            customer_id=customer_id,
            channel=body.channel,
            account=body.account,
            address=AddressKey(body.address.kind, body.address.value),
            by=author_of(caller),
            merge=body.merge,
        )

        async def produce(work: Work) -> Reply:
            return _linked(await link_contact_point(command, work))

        return await doors.command(caller, key, f"POST /v1/customers/{customer_id}/contact-points", body, produce)


def _customer(customer: Customer) -> dict[str, object]:
    return CustomerView(
        id=customer.id,
        kind=customer.kind.value,
        display_name=customer.display_name,
        tier=customer.tier,
        entitlement=customer.entitlement,
        organisation=customer.organisation,
        tags=customer.tags,
        language=customer.language,
        revision=customer.revision,
    ).model_dump(mode="json", exclude={"open_case_id", "merged_into"})


def _linked(linked: Linked) -> Reply:
    point = linked.point
    told = {
        "id": str(point.id),
        "customer_id": str(point.customer_id),
        "channel": point.channel,
        "account": point.account,
        "address": {"kind": point.address.kind, "value": point.address.value},
        "previous_customer_id": str(linked.previous_customer_id) if linked.previous_customer_id else None,
    }
    return Reply(201 if linked.changed else 200, told)
