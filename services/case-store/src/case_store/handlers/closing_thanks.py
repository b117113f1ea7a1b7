"""Whether a customer's word after the end leaves the case as it is, by the policy of its clocks."""

from case_store.domain.case import Case, CaseStatus
from case_store.domain.thanks import ClosingThanks, is_thanks
from case_store.handlers.ports import Work
from contracts.config import SlaPolicy
from contracts.inbound import MessageReceived
from contracts.values import ContentKind


async def lets_rest(case: Case, event: MessageReceived, work: Work) -> bool:
    """Only words can be thanks: a picture or a file may say more than a short caption does."""
    if case.status is not CaseStatus.RESOLVED or event.content.kind not in (ContentKind.TEXT, ContentKind.STICKER):
        return False
    policy = await _policy_of(case, work)
    if policy is None or policy.closing_thanks.reopens:
        return False
    thanks = policy.closing_thanks
    matches = work.patterns(thanks.matches) if thanks.matches is not None else None
    rule = ClosingThanks(thanks.grace, thanks.max_characters, matches)
    return is_thanks(case, rule, event.content.text or "", event.received_at)


async def _policy_of(case: Case, work: Work) -> SlaPolicy | None:
    """The one that its clocks had last."""
    policies = {policy.id: policy for policy in (work.config.sla_policies if work.config else ())}
    if all(policy.closing_thanks.reopens for policy in policies.values()):
        return None
    view = await work.cases.lock_routing(case.id)
    clocks = sorted(view.sla.values(), key=lambda clock: clock.at) if view else []
    return policies.get(clocks[-1].policy) if clocks else None
