"""People speak in a bot's conversation, or ask for it: from then on it is theirs."""

from uuid import UUID

from case_store.domain.case import Case
from case_store.domain.handling import ELSEWHERE, Handling, HandlingState, Why, answered_by_people, taken
from case_store.handlers.handlings import CLOCK, bot_of, has_bots, keep
from case_store.handlers.ports import Work
from case_store.handlers.request_agent import request_agent
from case_store.handlers.resolve_case import lock_open
from contracts.values import Author, AuthorKind
from runtime.errors import Refused


async def speak(case: Case, author: Author, work: Work, *, in_turn: bool) -> Case:
    """Before words that somebody wrote for this customer are filed. The router hears of a case that it did not have."""
    held = await work.handlings.of(case.id) if has_bots(work) else None
    if held is None:
        return case
    if author.kind is AuthorKind.BOT and not in_turn:
        raise Refused(
            "not_the_bots_door", "A bot speaks by POST /v1/cases/{id}/bot/replies, at the version that it saw."
        )
    if author.kind is not AuthorKind.AGENT:
        return case
    spoken = taken(held, author.id, Why.AGENT_WROTE, work.now)
    await keep(case, _answered(spoken, work), held, author, work)
    return await request_agent(case, held, work, agent_id=author.id) if held.is_bots else case


async def take_case(case_id: UUID, agent: Author, work: Work, *, revision: int | None = None) -> Handling:
    """Without a word to the customer, who may still wait for an answer. Raises Refused where no bot has the conversation."""
    if agent.kind is not AuthorKind.AGENT:
        raise Refused("agents_only", "Only an agent can take a conversation; this token is of none.", status=403)
    case = await lock_open(case_id, work, revision)
    held = await work.handlings.of(case.id)
    if held is None or not held.is_bots:
        state = held.state.value if held is not None else "people's from its beginning"
        raise Refused("not_with_bot", f"Only a bot's conversation can be taken from it; this one is {state}.")
    moved = await keep(case, taken(held, agent.id, Why.AGENT_TOOK, work.now), held, agent, work)
    await request_agent(case, held, work, agent_id=agent.id)
    return moved


async def answered_elsewhere(case: Case, work: Work) -> None:
    """A foreign echo: whoever wrote it has the conversation now. Nobody else is asked for until the customer writes again."""
    held = await work.handlings.of(case.id) if has_bots(work) else None
    if held is None or held.state is HandlingState.CLOSED:
        return
    spoken = taken(held, ELSEWHERE, Why.ECHO, work.now) if held.is_bots else held
    await keep(case, _answered(spoken, work), held, Author(kind=AuthorKind.AGENT, id=ELSEWHERE), work)


async def lose_control(case: Case, held: Handling, work: Work) -> None:
    """Another application holds the chat: nothing of the bot's would arrive."""
    await keep(case, taken(held, ELSEWHERE, Why.CONTROL_LOST, work.now), held, CLOCK, work)


def _answered(spoken: Handling, work: Work) -> Handling:
    bot = bot_of(spoken.bot_id, work)
    return answered_by_people(spoken, work.now, bot.idle_back_after if bot is not None else None)
