"""The work and the people of a simulation, as a YAML file says them."""

from datetime import timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

Length = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=365))]
Positive = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=365))]
ChannelClass = Literal["voice", "live", "messaging", "async", "task"]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _in_short(value: object) -> object:
    """`PT5M` is the mean of an exponential distribution."""
    return {"mean": value} if isinstance(value, str | timedelta) else value


class Duration(_Said):
    """`cv` is the standard deviation divided by the mean, of the lognormal distribution."""

    mean: Positive
    kind: Literal["exponential", "lognormal", "fixed"] = "exponential"
    cv: float = Field(default=1.0, gt=0, le=10)


class Stream(_Said):
    """Work that arrives by chance at a steady rate. Without a queue the rules of the configuration choose it by `attributes`."""

    name: str = Field(min_length=1)
    per_hour: float = Field(gt=0, le=1_000_000)
    handle: Annotated[Duration, BeforeValidator(_in_short)]
    patience: Annotated[Duration, BeforeValidator(_in_short)] | None = Field(
        default=None, description="how long a customer waits for an agent; none = for ever"
    )
    queue: str | None = None
    channel: str = "webhook"
    channel_class: ChannelClass = "messaging"
    priority: int | None = Field(default=None, ge=1, le=9)
    attributes: dict[str, dict[str, Any]] = {}


class Team(_Said):
    """`count` agents of a kind, all there from the first minute to the last."""

    name: str = Field(min_length=1)
    count: int = Field(ge=1, le=10_000)
    queues: tuple[str, ...] = Field(min_length=1)
    skills: dict[str, Annotated[int, Field(ge=1, le=10)]] = {}
    capacity: dict[ChannelClass, Annotated[int, Field(ge=0, le=1000)]] = {"messaging": 1}


class Load(_Said):
    """Figures count what is asked after `warm_up`. Without teams, the agents of the configuration work."""

    lasts: Positive = timedelta(hours=8)
    warm_up: Length = timedelta(0)
    streams: tuple[Stream, ...] = Field(min_length=1)
    teams: tuple[Team, ...] = ()
    accept_after: Length = Field(default=timedelta(seconds=3), description="how long an agent looks at an offer")
    first_reply_after: Length = Field(default=timedelta(0), description="from the assignment to the first answer")

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        names = [stream.name for stream in self.streams]
        if len(set(names)) != len(names):
            raise ValueError("two streams have the same name")
        if self.warm_up >= self.lasts:
            raise ValueError("the warm-up takes all the time there is")
        return self
