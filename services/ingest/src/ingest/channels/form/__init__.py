"""Forms of web pages and kiosks, posted by the browser itself: no secret, so the origin decides.

Options: `origins` (those that may post, by spaces), `trap` (a field that people don't see; default `website`), `least_seconds` (between
`opened_at` and posting), `posts_a_minute` (of one address; default 10; more for a kiosk or an office).
"""

import json
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from ingest.channels.form.origin import allowing, preflight, verify
from ingest.channels.form.parse import parse
from ingest.domain.webhook import Answer, Webhook
from ingest.handlers.ports import FORM, JSON, Channel


def _answer(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    """Traps are answered like everybody: who fell into one learns nothing."""
    accepted = {"accepted": True}
    return Answer(202, json.dumps(accepted).encode(), "application/json", allowing(webhook))


FORM_DOOR: Final = Channel(
    name="form",
    signing_secret="",
    verify=verify,
    parse=parse,
    answer=_answer,
    preflight=preflight,
    posts_a_minute=10,
    reads=("text", "fields", "files"),
    media_types=FORM | JSON | {"multipart/form-data"},
    max_body_bytes=20 * 1024 * 1024,
)
