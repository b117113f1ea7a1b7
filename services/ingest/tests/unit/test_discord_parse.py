"""Discord's interactions, webhook events and gateway dispatches → events; signatures as PyNaCl-style keys make them."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.config import ChannelAccount
from contracts.inbound import (
    ContactChange,
    ContactChanged,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ReactionReceived,
    UnrecognisedReceived,
)
from contracts.values import AddressKind, ContentKind
from ingest.channels import CHANNELS
from ingest.channels.discord.people import instant_of_id
from ingest.channels.discord.verify import verify
from ingest.domain.webhook import Webhook
from runtime.errors import Refused

Sample = Callable[[str, str], dict[str, Any]]
NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
DISCORD = CHANNELS["discord"]
APP = "1234560123453231555"


def asked(body: Any, headers: dict[str, str] | None = None, **account: Any) -> Webhook:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    given = {"id": "discord-acme", "channel": "discord", "external_id": APP} | account
    return Webhook("acme", ChannelAccount(**given), headers or {}, raw, NOW)


def events_of(body: Any) -> list[Any]:
    return [draft.event for draft in DISCORD.parse(asked(body), {}.get)]


def test_a_message_of_the_gateway(sample: Sample) -> None:
    (event,) = events_of(sample("discord", "text"))
    assert isinstance(event, MessageReceived)
    assert (event.content.text, event.provider_message_id) == ("返金 @Sato :ok:", "334385199974967042")
    assert event.conversation == "290926798999357250"
    assert event.thread == {"channel": "290926798999357250", "guild": "290926798626357999"}
    assert (event.contact.address.value, event.contact.display_name) == ("53908232506183680", "めいそん")
    assert event.occurred_at == datetime(2017, 7, 11, 17, 27, 7, 299000, tzinfo=UTC)


def test_files_a_reply_and_a_sticker(sample: Sample) -> None:
    (files,) = events_of(sample("discord", "files"))
    paper, voice = files.content.attachments
    assert (paper.kind, paper.file_name, paper.size_bytes) == (ContentKind.FILE, "請求書.pdf", 2048)
    assert paper.url == "https://cdn.discordapp.com/attachments/2/1/x.pdf?ex=1&is=2&hm=3"
    assert (voice.kind, voice.duration_ms) == (ContentKind.AUDIO, 1500)
    (reply,) = events_of(sample("discord", "reply"))
    assert (reply.content.reply_to, reply.references) == ("306588351130107906", ("306588351130107906",))
    (sticker,) = events_of(sample("discord", "sticker"))
    assert (sticker.content.kind, sticker.content.sticker, sticker.content.text) == (
        ContentKind.STICKER,
        "749054660769218631",
        "Wave",
    )


def test_a_forwarded_message_shows_what_was_forwarded(sample: Sample) -> None:
    body = sample("discord", "text")
    body["d"] |= {"content": "", "message_snapshots": [{"message": {"content": "元の文", "attachments": []}}]}
    assert events_of(body)[0].content.text == "元の文"


def test_edits_deletions_and_reactions(sample: Sample) -> None:
    (edited,) = events_of(sample("discord", "edited"))
    assert isinstance(edited, MessageEdited)
    assert (edited.provider_message_id, edited.content.text) == ("334385199974967042", "返金してください")
    (deleted,) = events_of(sample("discord", "deleted"))
    assert isinstance(deleted, MessageUnsent)
    assert deleted.contact.address.kind is AddressKind.DISCORD_CHANNEL
    body = sample("discord", "reaction")
    (added,) = events_of(body)
    (removed,) = events_of(body | {"t": "MESSAGE_REACTION_REMOVE"})
    assert isinstance(added, ReactionReceived)
    assert (added.emoji, removed.emoji, added.provider_message_id) == ("🔥", "", "334385199974967042")
    bulk = {"op": 0, "t": "MESSAGE_DELETE_BULK", "s": 1, "d": {"ids": ["1", "2"], "channel_id": "3"}}
    assert [event.provider_message_id for event in events_of(bulk)] == ["1", "2"]


def test_a_command(sample: Sample) -> None:
    (event,) = events_of(sample("discord", "command"))
    assert (event.content.text, event.content.payload) == ("/cardsearch find The Gitrog Monster", "cardsearch")
    assert event.content.attachments[0].file_name == "a.png"
    assert event.contact.language == "ja"
    assert event.reply_handle.token == "A_UNIQUE_TOKEN"
    assert event.reply_handle.expires_at - event.occurred_at == timedelta(minutes=15)
    assert event.occurred_at == instant_of_id("786008729715212338")
    assert event.thread == {"channel": "645027906669510667", "application": APP}


def test_an_id_tells_its_time() -> None:
    """The example of Discord's reference, "Snowflakes"."""
    assert instant_of_id("175928847299117063") == datetime(2016, 4, 30, 11, 18, 25, 796000, tzinfo=UTC)


def test_buttons_and_forms(sample: Sample) -> None:
    (button,) = events_of(sample("discord", "button"))
    assert (button.content.payload, button.content.text, button.content.reply_to) == (
        "yes",
        "はい",
        "846462639134605311",
    )
    (form,) = events_of(sample("discord", "modal"))
    assert form.content.text == "壊れていた\nL, XL"
    assert json.loads(form.content.payload)["values"] == {"why": "壊れていた", "size": ["L", "XL"]}


def test_webhook_events(sample: Sample) -> None:
    (message,) = events_of(sample("discord", "game_message"))
    assert message.content.text == "get in friend, we're going raiding"
    (installed,) = events_of(sample("discord", "authorised"))
    assert isinstance(installed, ContactChanged)
    assert installed.change is ContactChange.FOLLOWED
    (kept,) = events_of(sample("discord", "entitlement"))
    assert isinstance(kept, UnrecognisedReceived)


def test_no_news(sample: Sample) -> None:
    bots = sample("discord", "text")
    bots["d"]["author"]["bot"] = True
    unfolded = sample("discord", "edited")
    unfolded["d"]["edited_timestamp"] = None
    pinned = sample("discord", "text")
    pinned["d"]["type"] = 6
    typing = {"op": 0, "t": "TYPING_START", "s": 1, "d": {}}
    for body in (bots, unfolded, pinned, typing, sample("discord", "ping"), sample("discord", "webhook_ping")):
        assert events_of(body) == []


def test_another_application_is_refused(sample: Sample) -> None:
    with pytest.raises(Refused):
        DISCORD.parse(asked(sample("discord", "command"), external_id="1"), {}.get)


def test_what_discord_is_answered(sample: Sample) -> None:
    def told(name: str) -> tuple[int, Any]:
        answer = DISCORD.answer(asked(sample("discord", name), options={"acknowledgement": "承りました"}), [])
        return answer.status, json.loads(answer.body) if answer.body else None

    assert told("ping") == (200, {"type": 1})
    assert told("webhook_ping") == (204, None)
    assert told("game_message") == (204, None)
    assert told("command") == (200, {"type": 4, "data": {"content": "承りました", "flags": 64}})
    assert told("button") == (200, {"type": 6})
    assert told("modal")[1]["type"] == 4


def test_signatures() -> None:
    key = Ed25519PrivateKey.generate()
    public, body = key.public_key().public_bytes_raw().hex(), b'{"type":1}'
    signature = key.sign(b"1795228200" + body).hex()
    headers = {"x-signature-ed25519": signature, "x-signature-timestamp": "1795228200"}
    assert verify(asked(body, headers), ["00" * 32, public])
    assert not verify(asked(body + b" ", headers), [public])
    assert not verify(asked(body, headers | {"x-signature-timestamp": "1795228201"}), [public])
    for junk in ("", "zz", "00" * 64, signature[:-2]):
        assert not verify(asked(body, headers | {"x-signature-ed25519": junk}), [public])
    for key_text in ("", "no hex", "00"):
        assert not verify(asked(body, headers), [key_text])
