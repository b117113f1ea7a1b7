"""What every command on a case answers with."""

from case_store.domain.case import Case
from case_store.handlers.views import CaseState
from runtime.api import Reply


def state(case: Case) -> Reply:
    return Reply(200, CaseState.model_validate(case, from_attributes=True).model_dump(mode="json"))
