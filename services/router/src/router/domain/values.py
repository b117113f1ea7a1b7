from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

Kind = TypeVar("Kind")


@dataclass_transform(frozen_default=True)
def value(kind: type[Kind]) -> type[Kind]:
    """A dataclass frozen to mypy only: setting frozen fields takes four times as long, and a decision makes several of these."""
    return dataclass(slots=True, unsafe_hash=True)(kind)
