"""A message that answers another says which case it goes on in, if that is the writer's own."""

from typing import Final
from uuid import UUID

from case_store.domain.case import Case, CaseStatus
from case_store.handlers.ports import Work
from contracts.inbound import MessageReceived

CASE_REFERENCE: Final = "madoguchi:case:"
"""Ingest's word for a case that a signed token in the reply address names."""


async def answered_case(event: MessageReceived, current: Case | None, customer_id: UUID, work: Work) -> Case | None:
    """`current`, or the ended case of the same customer that the references name.

    An open case takes every message of its customer. A stranger who knows a message id or has a forwarded token joins nothing: only
    cases of the writer's own are looked among. A number in the subject is never looked at.
    """
    if not event.references or current is None or current.status is CaseStatus.OPEN:
        return current
    cases = [found for one in event.references if (found := _case(one)) is not None]
    named = await work.cases.answered(customer_id, event.account, event.references, cases)
    return named or current


def _case(reference: str) -> UUID | None:
    try:
        return UUID(reference.removeprefix(CASE_REFERENCE)) if reference.startswith(CASE_REFERENCE) else None
    except ValueError:
        return None
