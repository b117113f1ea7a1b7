"""Forms of payloads that are rarer than the samples: one row each, with where it is documented."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from variant_row import Row
from variants_people import PEOPLE
from variants_telephone import TELEPHONE
from variants_work import WORK

from contracts.config import ChannelAccount
from ingest.channels import CHANNELS
from ingest.domain.webhook import Webhook

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)


@pytest.mark.parametrize("row", [*PEOPLE, *WORK, *TELEPHONE], ids=lambda row: f"{row.channel}: {row.name}")
def test_a_rarer_payload(row: Row) -> None:
    account = ChannelAccount(id="a", channel=row.channel)
    body = row.body.encode() if isinstance(row.body, str) else json.dumps(row.body).encode()
    webhook = Webhook("t", account, {"content-type": row.media}, body, NOW, query=row.query)
    drafts = CHANNELS[row.channel].parse(webhook, {}.get)
    assert len(drafts) == bool(row.expected)
    for draft in drafts:
        event = json.loads(draft.event.model_dump_json(exclude_defaults=True))
        assert {path: _at(event, path) for path in row.expected} == row.expected


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = value[step]
    return value
