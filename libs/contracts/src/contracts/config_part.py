"""What every part of a tenant's configuration is made of."""

from typing import Annotated

from pydantic import ConfigDict, StringConstraints

from contracts.base import Contract

WrittenText = Annotated[str, StringConstraints(min_length=1, max_length=2000, strip_whitespace=True)]


class ConfigPart(Contract):
    """Written by people, so a field that nobody knows is a mistake here, not a newer version."""

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_timedelta="iso8601")
