from pathlib import Path
from typing import Final

from pydantic import Field

from runtime.settings import ServiceSettings

SCHEMA: Final = "router"
MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"


class Settings(ServiceSettings):
    """Environment variables with the prefix MADOGUCHI_."""

    service: str = "router"
    port: int = Field(default=8083, ge=0, le=65_535)
    internal_port: int = Field(default=9083, ge=0, le=65_535)
    max_batch: int = Field(default=1_000, ge=1, le=5_000, description="commands of one partition in one transaction")
    answer_within_seconds: float = Field(
        default=10.0, gt=0, le=60, description="how long a request waits for its command's result"
    )
    keep_done_days: int = Field(
        default=90, ge=1, le=36_500, description="how long done work, its offers, assignments and decisions are kept"
    )
    keep_ledger_days: int = Field(
        default=1_095, ge=1, le=36_500, description="how long SLA ledgers are kept; longer than cases are"
    )
