from typing import Final

from case_store.domain.case import Case
from case_store.domain.customer import CustomerKind, best_known
from case_store.domain.handling import Why
from case_store.handlers.entries import entry_of
from case_store.handlers.facts import address_key
from case_store.handlers.give_back import give_back
from case_store.handlers.handlings import CLOCK, bot_of, has_bots
from case_store.handlers.people import addresses_of, learn_alternates
from case_store.handlers.ports import Work
from case_store.handlers.take_over import lose_control
from contracts.envelope import Envelope
from contracts.inbound import ContactChange, ContactChanged

_BLOCKS: Final = {
    ContactChange.FOLLOWED: False,
    ContactChange.JOINED: False,
    ContactChange.UNFOLLOWED: True,
    ContactChange.LEFT: True,
    ContactChange.OPTED_OUT: True,
    ContactChange.OPTED_IN: False,
}


async def change_contact(event: ContactChanged, envelope: Envelope, work: Work) -> None:
    """Somebody who never wrote is no customer yet: nothing to change."""
    wanted = addresses_of(event)
    known = await work.people.known(event.account, wanted)
    found = best_known(known, wanted)
    if found is None:
        return
    of_a_member = found.point.address != address_key(event.contact.address)
    blocked = None if of_a_member and found.customer.kind is CustomerKind.GROUP else _BLOCKS.get(event.change)
    if blocked is not None:
        await work.people.set_state(found.point.id, blocked=blocked, at=event.occurred_at)
    elif event.change is ContactChange.NUMBER_CHANGED:
        await learn_alternates(known, event, work)
    case = (await work.cases.open_cases_of(found.customer.id)).get(found.customer.id)
    if case is not None:
        await work.cases.file(case.id, entry_of(envelope.id, event, event.occurred_at))
        await _follow_control(event, case, work)


async def _follow_control(event: ContactChanged, case: Case, work: Work) -> None:
    """Another application takes the chat from the bot, or gives it back to the bot from which it was taken."""
    held = await work.handlings.of(case.id) if has_bots(work) else None
    bot = bot_of(held.bot_id, work) if held is not None else None
    if held is None or bot is None:
        return
    if event.change is ContactChange.CONTROL_LOST and held.is_bots:
        await lose_control(case, held, work)
    elif event.change is ContactChange.CONTROL_GAINED and held.reason is Why.CONTROL_LOST:
        await give_back(case, held, bot, Why.CONTROL_GAINED, CLOCK, work)
