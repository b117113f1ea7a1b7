"""What is too large for the broker is in object storage whole, and its event says where."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pytest

from contracts.inbound import MessageReceived, ReceiptReceived, UnrecognisedReceived
from ingest.domain.webhook import Draft
from ingest.handlers.claim_check import MAX_RAW_BYTES, MAX_TEXT_BYTES, fitting

Parsed = Callable[..., tuple[Draft, ...]]


def line(**message: Any) -> dict[str, Any]:
    source = {"type": "user", "userId": "U1"}
    event = {"type": "message", "timestamp": 1692251666727, "source": source, "webhookEventId": "01H"}
    return {"events": [{**event, "message": {"id": "1", **message}}]}


def test_what_fits_stays_as_it_is(parsed: Parsed) -> None:
    for draft in parsed("line-bare", line(type="text", text="x" * 600_000)):
        assert fitting("acme", draft) is draft


def test_a_long_text_is_a_file_besides(parsed: Parsed) -> None:
    words = "長い" * 200_000
    (draft,) = parsed("line-bare", line(type="text", text=words))
    fits = fitting("acme", draft)
    assert isinstance(fits.event, MessageReceived)
    assert fits.event.provider_message_id == "1"
    assert fits.event.content.text == words.encode()[:MAX_TEXT_BYTES].decode("utf-8", "ignore")
    (attachment,), (file,) = fits.event.content.attachments, fits.files
    assert file.content.decode() == words
    assert (attachment.object_key, attachment.mime) == (file.object_key, "text/plain")
    assert attachment.sha256 == hashlib.sha256(words.encode()).hexdigest()


@pytest.mark.parametrize("size", [900_000, 2_500_000])
def test_what_is_large_elsewhere_is_kept_whole(parsed: Parsed, size: int) -> None:
    (draft,) = parsed("line-bare", line(type="flex", altText="a", contents={"x": "y" * size}))
    fits = fitting("acme", draft)
    assert isinstance(fits.event, UnrecognisedReceived)
    assert fits.event.provider_event_id == draft.event.provider_event_id
    told = json.loads(fits.event.raw)
    assert told == {"object_key": fits.files[0].object_key, "size_bytes": len(fits.files[0].content)}
    assert json.loads(fits.files[0].content)["content"] == json.loads(draft.event.model_dump_json())["content"]


def test_an_unknown_event_is_kept_whole_at_any_size(parsed: Parsed) -> None:
    for size in (MAX_RAW_BYTES, MAX_RAW_BYTES * 8):
        (draft,) = parsed("line-bare", line(type="hologram", data="z" * size))
        fits = fitting("acme", draft)
        assert isinstance(draft.event, UnrecognisedReceived)
        assert isinstance(fits.event, UnrecognisedReceived)
        assert fits.files[0].content.decode() == draft.event.raw
        assert fits.event.reason == draft.event.reason


def test_a_receipt_has_nothing_large(parsed: Parsed) -> None:
    value = {"metadata": {"phone_number_id": "106540352242922"}, "statuses": [STATUS]}
    (draft,) = parsed("wa-acme", {"entry": [{"changes": [{"field": "messages", "value": value}]}]})
    assert isinstance(draft.event, ReceiptReceived)
    assert fitting("acme", draft) is draft


STATUS = {"id": "wamid.1", "status": "sent", "timestamp": "1749416383", "recipient_id": "16505551234"}
