"""What every command on who talks with a customer answers with."""

from case_store.domain.handling import Handling
from case_store.handlers.bot_views import HandlingView
from runtime.api import Reply


def handling_view(handling: Handling) -> HandlingView:
    return HandlingView.model_validate(handling, from_attributes=True)


def handling_reply(handling: Handling) -> Reply:
    return Reply(200, handling_view(handling).model_dump(mode="json"))
