"""Bodies of `/v1`. Unknown fields and wrong types are refused with a pointer; the engine refuses what contradicts its state."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import ConfigDict, Field, model_validator
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


class AgentPartBody(Request):
    """Parts of an agent. Each one given replaces the whole part; what is left out stays as it is."""

    model_config = _shown({"skills": {"japanese": 9, "refunds": 4}})

    name: Word | None = None
    queues: Annotated[tuple[Word, ...] | None, Field(max_length=500)] = None
    skills: Annotated[dict[Word, Level] | None, Field(max_length=200)] = None
    capacity: dict[ChannelClassName, Units] | None = None


class PresenceBody(Request):
    """`available`, `busy`, `away`, `offline` or the tenant's own name for one of them.

    Without a channel class it is for all of them, and forgets what was set for one. `source` says so when a shift ends.
    """

    model_config = _shown({"presence": "lunch", "channel_class": "voice"})

    presence: Word
    channel_class: ChannelClassName | None = None
    source: Literal["end_of_shift"] | None = None


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


class SupervisorBody(Request):
    """`as_supervisor` is for work of anybody and needs the scope agents:write; a token without an agent need not say so."""

    as_supervisor: bool = False


class OthersWorkBody(ActorBody, SupervisorBody):
    """As the token's agent, as `agent_id` on behalf of another, or as a supervisor."""

    @model_validator(mode="after")
    def _one_actor(self) -> Self:
        if self.as_supervisor and self.agent_id is not None:
            raise ValueError("a supervisor acts for no agent: leave out agent_id")
        return self


class RequeueBody(OthersWorkBody):
    """To its queue or another, at its original age. When a supervisor does so, who declined before may be asked again."""

    model_config = _shown({"note": "needs someone who knows invoices"})

    to_queue: Word | None = None
    note: Note = ""


class TransferBody(OthersWorkBody):
    """To one of: an agent, a queue, the same queue with other skills."""

    model_config = _shown({"to_queue": "billing", "note": "asks about an invoice of March"})

    to_agent: Word | None = None
    to_queue: Word | None = None
    skills: Annotated[dict[Word, Level] | None, Field(min_length=1, max_length=200)] = None
    note: Note = ""


class ConsultBody(SupervisorBody):
    """`agent_id` is the colleague. To `monitor` is for supervisors."""

    model_config = _shown({"agent_id": "ken"})

    agent_id: Word
    kind: Literal["consult", "monitor"] = "consult"


class ConsultEndBody(SupervisorBody):
    """`agent_id` is the colleague who leaves; without it, the token's agent."""

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
