"""A raw Slack request → events: the Events API, interactions and slash commands, by their documented payloads."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

import ingest.channels
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
from contracts.values import Attachment, ContentKind
from ingest.channels import CHANNELS
from ingest.channels.slack.mrkdwn import plain
from ingest.channels.slack.verify import verify
from ingest.domain.webhook import Webhook
from ingest.handlers.ports import MediaAccount

Sample = Callable[[str, str], dict[str, Any]]
NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
SLACK = CHANNELS["slack"]
FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}


def asked(body: Any, headers: dict[str, str] = JSON, external_id: str | None = None) -> Webhook:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    account = ChannelAccount(id="slack-acme", channel="slack", external_id=external_id)
    return Webhook("acme", account, headers, raw, NOW)


def events_of(webhook: Webhook) -> list[Any]:
    return [draft.event for draft in SLACK.parse(webhook, {"T061EG9R6": "slack-second"}.get)]


def interaction(payload: dict[str, Any]) -> Webhook:
    return asked(urlencode({"payload": json.dumps(payload)}).encode(), FORM)


def test_a_direct_message_is_read_as_its_writer_saw_it(sample: Sample) -> None:
    (event,) = events_of(asked(sample("slack", "text")))
    assert isinstance(event, MessageReceived)
    assert event.content.text == "返品したい & 注文 (https://example.com/orders/1) を見て @U0LAN0Z89"
    assert (event.conversation, event.provider_message_id) == ("D024BE91L", "D024BE91L:1355517523.000005")
    assert event.contact.address.value == "U2147483697"
    assert event.occurred_at == datetime(2012, 12, 14, 20, 38, 43, tzinfo=UTC)
    assert event.thread == {"channel": "D024BE91L"}


def test_a_mention_and_the_message_itself_are_one_event(sample: Sample) -> None:
    body = sample("slack", "mention")
    (mention,) = events_of(asked(body))
    body["event"] |= {"type": "message", "channel_type": "channel"}
    (message,) = events_of(asked(body | {"event_id": "Ev999"}))
    assert mention == message
    assert mention.thread == {"channel": "C123ABC456", "thread_ts": "1515449522.000016"}
    assert mention.content.text == "@U0LAN0Z89 is it everything a river should be?"


def test_a_reply_in_a_thread_belongs_to_the_thread(sample: Sample) -> None:
    (event,) = events_of(asked(sample("slack", "thread")))
    assert event.conversation == "C061EG9SL:1482960137.003543"
    assert event.thread == {"channel": "C061EG9SL", "thread_ts": "1482960137.003543"}
    assert event.references == ("C061EG9SL:1482960137.003543",)


def test_files(sample: Sample) -> None:
    (event,) = events_of(asked(sample("slack", "files")))
    image, elsewhere = event.content.attachments
    assert (event.content.kind, event.content.text) == (ContentKind.IMAGE, None)
    assert (image.provider_media_id, image.mime, image.size_bytes, image.file_name) == (
        "F0S43P1CZ",
        "image/png",
        104898,
        "image.png",
    )
    assert image.url == "https://files.slack.com/files-pri/T061EG9R6-F0S43P1CZ/download/image.png"
    assert (elsewhere.provider_media_id, elsewhere.url) == ("F0S43P2", None)


def test_words_that_are_in_blocks_only(sample: Sample) -> None:
    body = sample("slack", "text")
    said = [
        {"type": "text", "text": "返品 "},
        {"type": "link", "url": "https://example.com/1", "text": "注文"},
        {"type": "text", "text": " "},
        {"type": "user", "user_id": "U1"},
        {"type": "emoji", "name": "pray"},
    ]
    rich = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": said}]}
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "*注文番号* &amp; 日付"}}
    body["event"] |= {"text": "", "blocks": [rich, section]}
    (event,) = events_of(asked(body))
    assert event.content.text == "返品 注文 (https://example.com/1) @U1:pray:\n*注文番号* & 日付"


def test_a_forwarded_message_is_below_what_was_said_about_it(sample: Sample) -> None:
    body = sample("slack", "text")
    shared = {"is_share": True, "text": "壊れています", "author_name": "花子"}
    unfolded = {"title": "Example", "text": "A page", "from_url": "https://example.com"}
    body["event"] |= {"text": "これです", "attachments": [shared, unfolded]}
    assert events_of(asked(body))[0].content.text == "これです\n壊れています"
    body["event"] |= {"text": "", "files": None}
    assert events_of(asked(body))[0].content.text == "壊れています\nA page"


def test_an_edit_a_deletion_and_a_reaction_name_the_original(sample: Sample) -> None:
    (edited,) = events_of(asked(sample("slack", "edited")))
    assert isinstance(edited, MessageEdited)
    assert (edited.provider_message_id, edited.content.text) == ("C2147483705:1355517523.000005", "Hello, world!")
    (deleted,) = events_of(asked(sample("slack", "deleted")))
    assert isinstance(deleted, MessageUnsent)
    assert deleted.provider_message_id == "C2147483705:1358878749.000002"
    body = sample("slack", "reaction")
    (added,) = events_of(asked(body))
    body["event"]["type"] = "reaction_removed"
    (removed,) = events_of(asked(body))
    assert isinstance(added, ReactionReceived)
    assert (added.provider_message_id, added.emoji, removed.emoji) == ("C123ABC456:1360782400.498405", "thumbsup", "")


def test_a_deleted_thread_parent_is_a_tombstone(sample: Sample) -> None:
    body = sample("slack", "edited")
    body["event"]["message"] = {"type": "message", "subtype": "tombstone", "text": "gone", "ts": "1355517523.000005"}
    (event,) = events_of(asked(body))
    assert isinstance(event, MessageUnsent)


def test_someone_left(sample: Sample) -> None:
    (event,) = events_of(asked(sample("slack", "left")))
    assert isinstance(event, ContactChanged)
    assert (event.change, event.contact.address.value) == (ContactChange.LEFT, "W06GH7XHN")


@pytest.mark.parametrize("name", ["bot", "unfurled", "challenge"])
def test_what_is_no_news(sample: Sample, name: str) -> None:
    assert events_of(asked(sample("slack", name))) == []


def test_our_own_bot_is_not_heard(sample: Sample) -> None:
    for name in ("text", "reaction"):
        body = sample("slack", name)
        body["event"]["user"] = "U0LAN0Z89"
        assert events_of(asked(body)) == []


def test_a_pressed_button(sample: Sample) -> None:
    (event,) = events_of(interaction(sample("slack", "block_actions")))
    assert (event.content.kind, event.content.payload, event.content.text) == (
        ContentKind.POSTBACK,
        "click_me_123",
        "はい",
    )
    assert event.content.reply_to == "CBR2V3XEX:1548261231.000200"
    assert (event.contact.address.value, event.contact.display_name) == ("UA8RXUSPL", "jtorrance")
    assert event.thread == {"channel": "CBR2V3XEX", "thread_ts": "1548261231.000200"}
    ephemeral = sample("slack", "block_actions")
    ephemeral["container"]["is_ephemeral"] = True
    assert events_of(interaction(ephemeral))[0].content.reply_to is None


def test_a_filled_form_and_a_shortcut(sample: Sample) -> None:
    (form,) = events_of(interaction(sample("slack", "view_submission")))
    assert form.content.text == "箱が壊れていました\nLarge"
    assert json.loads(form.content.payload)["values"] == {"ml-value": "箱が壊れていました", "pick": "L"}
    assert form.thread == {"channel": "UA8RXUSPL"}
    (shortcut,) = events_of(interaction(sample("slack", "shortcut")))
    assert (shortcut.content.payload, shortcut.content.reply_to) == ("ask_support", "D0LFFBKLZ:1516229207.000133")


def test_a_slash_command() -> None:
    body = (Path(ingest.channels.__file__).parent / "slack" / "samples" / "command.txt").read_bytes().strip()
    (event,) = events_of(asked(body, FORM))
    assert (event.content.text, event.content.payload) == ("/weather 94070", "/weather")
    assert (event.contact.address.value, event.contact.display_name) == ("U2147483697", "Steve")
    assert event.thread == {"channel": "U2147483697"}
    assert events_of(asked(b"ssl_check=1&token=x", FORM)) == []


def test_a_workspace_has_its_own_account(sample: Sample) -> None:
    body = sample("slack", "text")
    assert events_of(asked(body, external_id="T061EG9R6"))[0].account == "slack-acme"
    assert events_of(asked(body, external_id="A0PNCHHK2"))[0].account == "slack-acme"
    assert events_of(asked(body, external_id="T0000OTHER"))[0].account == "slack-second"
    body["team_id"] = "T0NOBODY"
    (kept,) = events_of(asked(body, external_id="T0000OTHER"))
    assert isinstance(kept, UnrecognisedReceived)


def test_the_challenge_goes_back(sample: Sample) -> None:
    answer = SLACK.answer(asked(sample("slack", "challenge")), [])
    assert answer.body == b"3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
    menu = SLACK.answer(interaction({"type": "block_suggestion"}), [])
    assert json.loads(menu.body) == {"options": []}


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("a &lt;b&gt; &amp;amp;", "a <b> &amp;"),
        ("<#C024BE7LR|general> <!here> <!subteam^S1|@team>", "#general @here @team"),
        ("<mailto:bob@example.com|bob@example.com>", "bob@example.com"),
        ("<http://example.com|example.com> <https://example.com>", "example.com https://example.com"),
        ("<@U1|koji> 3 < 4", "@koji 3 < 4"),
    ],
)
def test_text(written: str, seen: str) -> None:
    assert plain(written) == seen


def test_signatures_agree_with_the_sdk() -> None:
    from slack_sdk.signature import Clock, SignatureVerifier

    class Then(Clock):
        def now(self) -> float:
            return NOW.timestamp()

    body, stamp = b"payload=%7B%7D", str(int(NOW.timestamp()))
    theirs = SignatureVerifier("shhh", Then())
    headers = {
        "x-slack-request-timestamp": stamp,
        "x-slack-signature": theirs.generate_signature(timestamp=stamp, body=body),
    }
    assert verify(asked(body, headers), ["new", "shhh"])
    assert theirs.is_valid_request(body, headers)
    assert not verify(asked(body + b" ", headers), ["shhh"])
    late = str(int((NOW - timedelta(seconds=301)).timestamp()))
    old = {
        "x-slack-request-timestamp": late,
        "x-slack-signature": theirs.generate_signature(timestamp=late, body=body),
    }
    assert not verify(asked(body, old), ["shhh"])
    assert not theirs.is_valid_request(body, old)
    assert not verify(asked(body, headers | {"x-slack-request-timestamp": "soon"}), ["shhh"])


def test_a_file_is_fetched_with_the_token_and_only_from_slack() -> None:
    account = MediaAccount(None, {}, "https://slack.com/api", {"bot_token": "xoxb"})
    assert SLACK.media is not None
    known = Attachment(kind=ContentKind.FILE, provider_media_id="F1", url="https://files.slack.com/a")
    assert (found := SLACK.media(known, account)) is not None
    assert found.headers == {"Authorization": "Bearer xoxb"}
    stranger = SLACK.media(known.model_copy(update={"url": "https://files.slack.com.evil.example/a"}), account)
    assert stranger is not None
    assert stranger.headers == {}
    asked_for = SLACK.media(Attachment(kind=ContentKind.FILE, provider_media_id="F 1"), account)
    assert asked_for is not None
    assert asked_for.url == "https://slack.com/api/files.info?file=F+1"
    assert asked_for.then is not None
    then = asked_for.then(b'{"ok":true,"file":{"url_private":"https://files.slack.com/b"}}')
    assert then is not None
    assert then.url == "https://files.slack.com/b"
    assert asked_for.then(b"oops") is None
