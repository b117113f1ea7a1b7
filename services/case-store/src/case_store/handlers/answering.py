"""Whether a message of ours answers the customer: the same rule by which the router stops its clocks."""

from case_store.domain import pauses
from case_store.domain.case import Case, CaseStatus
from case_store.handlers.ports import NewMessage, Work
from contracts.values import AuthorKind


async def answered_by(case: Case, message: NewMessage, work: Work) -> Case | None:
    """None: it stays as it is. An ended case waits for nobody, whatever an echo says."""
    if message.automatic or case.status is not CaseStatus.OPEN or not await _answers(case, message, work):
        return None
    return pauses.answered(case, work.now)


async def _answers(case: Case, message: NewMessage, work: Work) -> bool:
    if message.author.kind is AuthorKind.BOT:
        return await _bots_answer(case, work)
    return message.author.kind is AuthorKind.AGENT


async def _bots_answer(case: Case, work: Work) -> bool:
    view = await work.cases.lock_routing(case.id)
    policies = {clock.policy for clock in view.sla.values()} if view else set()
    return any(
        policy.bot_answers for policy in (work.config.sla_policies if work.config else ()) if policy.id in policies
    )
