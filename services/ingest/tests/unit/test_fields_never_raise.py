"""Whatever fields a provider may sign: the adapters of telephones and shops return events that Kafka and Postgres can hold."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest.channels
from contracts.config import ChannelAccount
from contracts.envelope import Envelope, decode, encode
from ingest.channels import CHANNELS
from ingest.channels.shops import SHOPS
from ingest.domain.identity import id_of, partition_key
from ingest.domain.shape import Unreadable
from ingest.domain.webhook import Draft, Webhook
from runtime.errors import Malformed

SAMPLES: Final = Path(ingest.channels.__file__).parent
NOW: Final = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
FORM: Final = "application/x-www-form-urlencoded"
FOLDERS: Final = {
    "twilio_sms": "twilio",
    "twilio_whatsapp": "twilio",
    "twilio_voice": "twilio",
    "vonage_sms": "vonage_sms",
}
ANY_TEXT: Final = st.text(st.characters(exclude_categories=[]), max_size=12)
LEAVES: Final = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT
VALUES: Final = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=4), max_leaves=12
)


def documented(folder: str, name: str = "requests") -> Any:
    return json.loads((SAMPLES / folder / "samples" / f"{name}.json").read_text("utf-8"))


def holds(draft: Draft) -> bool:
    value = encode(Envelope(id_of("t", draft), "t", "ingest", NOW, draft.event))
    clean = b"\\u0000" not in value.replace(b"\\\\u0000", b"")
    return clean and decode(value).data == draft.event and bool(partition_key(b"k", "t", draft))


def parsed(channel: str, body: bytes, media: str, query: dict[str, str] | None = None) -> tuple[Draft, ...]:
    method = "POST" if query is None else "GET"
    account = ChannelAccount(id="a", channel=channel)
    webhook = Webhook("t", account, {"content-type": media}, body, NOW, method, "https://h/x", query or {})
    CHANNELS[channel].answer(webhook, [])
    return CHANNELS[channel].parse(webhook, {}.get)


@pytest.mark.parametrize("channel", FOLDERS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_documented_fields_with_anything_changed_become_events(channel: str, data: st.DataObject) -> None:
    samples = documented(FOLDERS[channel])
    fields = dict(samples[data.draw(st.sampled_from(sorted(samples)))])
    for name in data.draw(st.lists(st.sampled_from(sorted(fields)), max_size=3)):
        fields[name] = data.draw(VALUES)
    assert all(map(holds, parsed(channel, json.dumps(fields).encode(), "application/json")))
    words = {name: str(value) for name, value in fields.items()}
    assert all(map(holds, parsed(channel, urlencode(words, errors="replace").encode(), FORM)))
    assert all(map(holds, parsed(channel, b"", "", words)))


@pytest.mark.parametrize("channel", FOLDERS)
@pytest.mark.parametrize("media", [FORM, "application/json"])
@settings(max_examples=60, deadline=None)
@given(body=st.binary(max_size=60))
def test_any_bytes_become_events(channel: str, media: str, body: bytes) -> None:
    assert all(map(holds, parsed(channel, body, media)))


@settings(max_examples=100, deadline=None)
@given(
    fields=st.dictionaries(
        st.sampled_from(["text", "email", "id", "tel", "店", "opened_at"]) | ANY_TEXT, ANY_TEXT, max_size=6
    )
)
def test_a_form_is_taken_or_told_where_it_is_wrong(fields: dict[str, str]) -> None:
    refused = None
    for body, media in (
        (json.dumps(fields).encode(), "application/json"),
        (urlencode(fields, errors="replace").encode(), FORM),
    ):
        try:
            assert all(map(holds, parsed("form", body, media)))
        except Malformed as error:
            refused = error
    assert refused is None or refused.status in (400, 422)


@pytest.mark.parametrize("shop", SHOPS)
@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_page_with_anything_changed_is_read_or_is_none(shop: str, data: st.DataObject) -> None:
    body = documented(shop, "reviews")
    place = data.draw(st.sampled_from(_places(body)))
    _put(body, place, data.draw(VALUES))
    webhook = Webhook("t", ChannelAccount(id="a", channel=shop), {}, json.dumps(body).encode(), NOW, "GET", "/x")
    try:
        page = SHOPS[shop].read(webhook)
    except Unreadable:
        assert len(place) <= 2
        return
    told = [Draft(event) for one in page.reviews for event in (one.first, one.edit)]
    beside = [draft for one in page.reviews for draft in one.beside]
    assert all(map(holds, [*told, *beside, *page.unread]))


def _places(value: Any, at: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [place for key, one in inner for place in [(*at, key), *_places(one, (*at, key))]]


def _put(value: Any, place: tuple[Any, ...], new: Any) -> None:
    for step in place[:-1]:
        value = value[step]
    value[place[-1]] = new
