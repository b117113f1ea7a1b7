"""What the services answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any
    media: str
    replayed: bool = False

    @property
    def refused(self) -> tuple[int, str]:
        """Status and stable code of a problem."""
        assert self.media == "application/problem+json", self
        assert self.body["detail"], self
        return self.status, self.body["code"]

    @property
    def pointers(self) -> list[str]:
        """To the bad fields."""
        return [one["pointer"] for one in self.body.get("errors", [])] or [self.body.get("pointer", "")]


def read_answer(response: httpx.Response) -> Answer:
    media = response.headers.get("content-type", "").partition(";")[0]
    body = response.json() if response.content else None
    return Answer(response.status_code, body, media, "idempotency-replayed" in response.headers)


def when(text: str) -> datetime:
    return datetime.fromisoformat(text)
