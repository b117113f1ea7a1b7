"""The base of every body that a client sends."""

from typing import Any, Final, cast

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler
from pydantic_core import CoreSchema
from typing_extensions import override

_SCALARS: Final = frozenset({"int", "float", "bool", "str"})
_NOT_SCHEMAS: Final = frozenset(
    {"keys_schema", "metadata", "config", "serialization", "cls", "ref", "expected", "default"}
)


def _strict_scalars(schema: Any) -> Any:
    """JSON has numbers, texts and truth values of its own; only what it lacks (dates, UUIDs) is read from texts.

    Strict mode as a whole would refuse those, because the body was parsed before pydantic sees it.
    """
    if isinstance(schema, list | tuple):
        return type(schema)(_strict_scalars(each) for each in schema)
    if not isinstance(schema, dict):
        return schema
    inner = {name: each if name in _NOT_SCHEMAS else _strict_scalars(each) for name, each in schema.items()}
    return {**inner, "strict": True} if schema.get("type") in _SCALARS else inner


class Request(BaseModel):
    """A body that a client sends. A field that nobody knows is a mistake; "5" is not a number; errors quote no input."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)

    @classmethod
    @override
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return cast(CoreSchema, _strict_scalars(handler(source)))
