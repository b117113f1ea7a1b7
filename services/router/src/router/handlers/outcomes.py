"""How commands of the API end: the answer that whoever asked gets, now or when asking again."""

import hashlib
from typing import Any, Final

from pydantic_core import to_json

from contracts import routing
from contracts.base import Contract
from router.domain.engine import Engine
from router.domain.events import Refusal
from router.domain.model import Agent
from router.handlers.ports import Outcome
from router.handlers.views import show_agent, show_work

ANSWERED: Final[tuple[type[Contract], ...]] = (
    routing.ConfigureAgent,
    routing.ChangeAgent,
    routing.RemoveAgent,
    routing.SetPresence,
    routing.AcceptOffer,
    routing.DeclineOffer,
    routing.PickWork,
    routing.RequeueWork,
    routing.EndWrapUp,
    routing.TransferWork,
    routing.ForceAssign,
    routing.StartConsult,
    routing.EndConsult,
    routing.HeartbeatReceived,
)
_STATUS: Final = {
    "unknown_agent": 404,
    "unknown_work": 404,
    "unknown_offer": 404,
    "unknown_queue": 422,
    "unknown_skill": 422,
    "presence_unknown": 422,
    "skill_level_invalid": 422,
    "capacity_invalid": 422,
    "channel_class_unknown": 422,
    "transfer_target_invalid": 422,
    "consult_kind_unknown": 422,
    "lease_invalid": 422,
}


def status_of(code: str) -> int:
    """The HTTP answer to a refusal of the engine."""
    return _STATUS.get(code, 409)


def digest_of(command: Contract) -> bytes:
    return hashlib.sha256(to_json(command)).digest()


def outcome_of(command: Contract, refused: Refusal | None, engine: Engine) -> Outcome:
    if refused is not None:
        return Outcome(status_of(refused.code), refused.code, refused.sentence)
    return Outcome(200, "done", f"{type(command).__name__} was carried out.", _state(command, engine))


def _state(command: Any, engine: Engine) -> dict[str, Any] | None:
    """The work or the agent right after the decision; work that is done has left the state and waits among the changes."""
    case_id = getattr(command, "case_id", None)
    if case_id is not None:
        item = engine.state.work.get(str(case_id)) or engine.floor.changes.work_items.get(str(case_id))
        return None if item is None else show_work(item).model_dump(mode="json")
    agent = engine.state.agents.get(command.agent_id)
    return None if agent is None else _agent(agent, engine)


def _agent(agent: Agent, engine: Engine) -> dict[str, Any]:
    held = [engine.state.work[case_id] for case_id in sorted(agent.held)]
    return show_agent(agent, held).model_dump(mode="json")
