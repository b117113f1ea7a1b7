from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypedDict
from uuid import UUID

from case_store.domain.case import Case
from case_store.handlers.entries import entry_of
from case_store.handlers.ports import Work
from case_store.handlers.resolve_case import check_revision, refuse_merged
from case_store.handlers.tell_router import tell_facts
from contracts.cases import CaseChanged
from contracts.topics import CASE_EVENTS
from contracts.values import Author
from runtime.errors import Malformed, NotFound

MAX_FIELDS: Final = 100
_FACTS: Final = ("subject", "tags", "fields", "priority")


class CaseChange(TypedDict, total=False):
    """What is left out stays. Of `fields` each one is set, or removed by none."""

    subject: str | None
    tags: tuple[str, ...]
    fields: Mapping[str, str | None]
    priority: int | None


async def change_case(case_id: UUID, change: CaseChange, by: Author, work: Work, *, revision: int | None) -> Case:
    case = await work.cases.lock(case_id)
    if case is None:
        raise NotFound("case", case_id)
    check_revision(case.revision, revision)
    refuse_merged(case)
    return await state_facts(case, with_change(case, change), by, work)


async def state_facts(case: Case, wanted: Case, by: Author, work: Work, *, priority_told: bool = True) -> Case:
    """The locked case as somebody wants it; nothing is told when it is so already."""
    changed = tuple(name for name in _FACTS if getattr(case, name) != getattr(wanted, name))
    if not changed:
        return case
    stated = replace(wanted, revision=case.revision + 1)
    await work.cases.change(stated)
    told = CaseChanged(
        case_id=case.id,
        customer_id=case.customer_id,
        changed=changed,
        subject=stated.subject,
        tags=stated.tags,
        fields=dict(stated.fields),
        priority=stated.priority,
        by=by,
        changed_at=work.now,
    )
    event_id = work.emitter.emit(CASE_EVENTS, str(case.id), told)
    await work.cases.file(case.id, entry_of(event_id, told, work.now))
    await tell_facts(stated, work, priority_changed=priority_told and "priority" in changed)
    return stated


def with_change(case: Case, change: CaseChange) -> Case:
    fields = {**case.fields, **change.get("fields", {})}
    kept = {name: value for name, value in fields.items() if value is not None}
    if len(kept) > MAX_FIELDS:
        raise Malformed(f"a case has at most {MAX_FIELDS} fields", code="too_many_fields", pointer="/fields")
    return replace(
        case,
        subject=change.get("subject", case.subject),
        tags=tuple(dict.fromkeys(change.get("tags", case.tags))),
        fields=kept,
        priority=change.get("priority", case.priority),
    )
