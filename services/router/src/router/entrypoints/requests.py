"""Bodies of `/v1`. Unknown fields and wrong types are refused with a pointer; the engine refuses what contradicts its state."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import ConfigDict, Field
from pydantic.config import JsonDict

from runtime.api import Request

Word = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Note = Annotated[str, Field(max_length=2_000, pattern=r"^[^\x00]*$")]
Level = Annotated[int, Field(ge=1, le=10)]
Units = Annotated[int, Field(ge=0, le=1_000)]
ChannelClassName = Literal["voice", "live", "messaging", "async", "task"]


def _shown(example: JsonDict) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class AgentBody(Request):
    """The whole of an agent: what is left out is empty. `capacity` is units per channel class."""

    model_config = _shown(
        {"name": "佐藤 愛子", "queues": ["returns"], "skills": {"japanese": 8}, "capacity": {"messaging": 3}}
    )

    name: Word
    queues: Annotated[tuple[Word, ...], Field(max_length=500)] = ()
    skills: Annotated[dict[Word, Level], Field(max_length=200)] = {}
    capacity: dict[ChannelClassName, Units] = {}


class PresenceBody(Request):
    model_config = _shown({"presence": "available"})

    presence: Literal["available", "busy", "away", "offline"]


class ActorBody(Request):
    """`agent_id` is for supervisors; an agent's token says who acts."""

    model_config = _shown({})

    agent_id: Word | None = None


class AcceptBody(ActorBody):
    """`case_id` spares a look at the store."""

    case_id: UUID | None = None


class DeclineBody(AcceptBody):
    model_config = _shown({"reason": "in a call"})

    reason: Note = ""


class RequeueBody(ActorBody):
    """Without any agent it is a supervisor's decision, and who declined before may be asked again."""

    model_config = _shown({"note": "needs someone who knows invoices"})

    note: Note = ""


class TransferBody(ActorBody):
    """To one of: an agent, a queue, the same queue with other skills. Without `agent_id` and an agent's token it is a
    supervisor's decision.
    """

    model_config = _shown({"to_queue": "billing", "note": "asks about an invoice of March"})

    to_agent: Word | None = None
    to_queue: Word | None = None
    skills: Annotated[dict[Word, Level] | None, Field(min_length=1, max_length=200)] = None
    note: Note = ""


class ConsultBody(Request):
    """`agent_id` is the colleague. To `monitor` is for supervisors."""

    model_config = _shown({"agent_id": "ken"})

    agent_id: Word
    kind: Literal["consult", "monitor"] = "consult"


class ConsultEndBody(Request):
    """Without `agent_id` it is the token's agent who leaves."""

    model_config = _shown({"agent_id": "ken"})

    agent_id: Word | None = None


class ForceBody(Request):
    model_config = _shown({"agent_id": "aiko", "reason": "knows this customer"})

    agent_id: Word
    reason: Note = ""


class HeartbeatBody(Request):
    """The next heartbeat comes within so many seconds, or the agent is taken for lost."""

    model_config = _shown({"lease_seconds": 30})

    lease_seconds: Annotated[float, Field(ge=0.1, le=3_600)]
