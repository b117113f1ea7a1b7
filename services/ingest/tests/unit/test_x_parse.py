"""X's two generations of payloads → events, the signature and the challenge-response check."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.config import ChannelAccount
from contracts.inbound import (
    ContactChange,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ReceiptReceived,
    UnrecognisedReceived,
)
from contracts.values import Attachment, ContentKind, MessageStatus
from ingest.channels import CHANNELS
from ingest.channels.x.people import instant_of_id
from ingest.channels.x.verify import handshake, verify
from ingest.domain.identity import id_of
from ingest.domain.webhook import Webhook
from ingest.handlers.ports import MediaAccount
from runtime.errors import Malformed

Sample = Callable[[str, str], dict[str, Any]]
NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
X = CHANNELS["x"]
ME, YOU = "4337869213", "3001969357"


def asked(body: Any, **account: Any) -> Webhook:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return Webhook("acme", ChannelAccount(**({"id": "x-acme", "channel": "x"} | account)), {}, raw, NOW)


def events_of(body: Any, **account: Any) -> list[Any]:
    return [draft.event for draft in X.parse(asked(body, **account), {ME: "x-second"}.get)]


def test_a_direct_message(sample: Sample) -> None:
    (event,) = events_of(sample("x", "text"))
    assert isinstance(event, MessageReceived)
    assert (event.content.text, event.provider_message_id) == ("返金 & 交換 <どちら?>", "954491830116155396")
    assert (event.conversation, event.contact.display_name) == (YOU, "佐藤 陽葵")
    assert event.occurred_at == datetime(2018, 1, 19, 23, 12, 40, 557000, tzinfo=UTC)
    assert event.thread == {"participant": YOU, "message_id": event.provider_message_id}


def test_a_picture_and_a_choice(sample: Sample) -> None:
    (picture,) = events_of(sample("x", "media"))
    assert picture.content.attachments[0].url == "https://ton.twitter.com/1.1/ton/data/dm/1/2/x.jpg"
    assert (picture.content.kind, picture.content.attachments[0].provider_media_id) == (ContentKind.IMAGE, "967")
    (choice,) = events_of(sample("x", "choice"))
    assert (choice.content.kind, choice.content.payload, choice.content.text) == (ContentKind.POSTBACK, "yes", "はい")


def test_a_mention_of_the_older_form(sample: Sample) -> None:
    (event,) = events_of(sample("x", "post"))
    assert (event.content.text, event.provider_message_id) == ("@Harris_0ff 助けて & please", "1050118621198921728")
    assert event.occurred_at == datetime(2018, 10, 10, 20, 19, 24, 657000, tzinfo=UTC)
    (video,) = event.content.attachments
    assert (video.url, video.mime, video.duration_ms) == ("https://video.twimg.com/hi.mp4", "video/mp4", 8500)
    assert (event.content.reply_to, event.thread) == ("1050118621198900000", {"post": "1050118621198921728"})
    body = sample("x", "post")
    del body["tweet_create_events"][0]["timestamp_ms"]
    assert events_of(body)[0].occurred_at == datetime(2018, 10, 10, 20, 19, 24, tzinfo=UTC)


def test_the_other_kinds(sample: Sample) -> None:
    (read,) = events_of(sample("x", "read"))
    assert isinstance(read, ReceiptReceived)
    assert (read.status, read.provider_message_id, read.conversation) == (MessageStatus.READ, "", YOU)
    assert read.up_to == instant_of_id("963085315333238788")
    (followed,) = events_of(sample("x", "follow"))
    assert (followed.change, followed.contact.address.value) == (ContactChange.FOLLOWED, YOU)
    (deleted,) = events_of(sample("x", "deleted"))
    assert isinstance(deleted, MessageUnsent)
    assert deleted.provider_message_id == "1050118621198921728"


def test_an_id_tells_its_time() -> None:
    """A message's own stamp, to the millisecond."""
    assert instant_of_id("954491830116155396") == datetime(2018, 1, 19, 23, 12, 40, 557000, tzinfo=UTC)


def test_the_newer_form(sample: Sample) -> None:
    (message,) = events_of(sample("x", "dm_received"))
    assert (message.content.text, message.contact.display_name) == ("hello!", "OtherUser")
    assert message.provider_message_id == "2080765901528535096"
    (other,) = events_of(sample("x", "dm_object"))
    assert (other.content.text, other.conversation) == ("hi & bye", "2222222222222222222")
    (mention,) = events_of(sample("x", "mention"))
    assert (mention.content.text, mention.conversation) == ("hey @ExampleUser", "post:2080765813578191303")
    assert mention.content.attachments[0].url == "https://pbs.twimg.com/media/a.jpg"
    assert mention.occurred_at == datetime(2026, 7, 24, 21, 23, 23, tzinfo=UTC)
    (deleted,) = events_of(sample("x", "post_delete"))
    assert isinstance(deleted, MessageUnsent)
    edited = sample("x", "mention")
    edited["data"]["payload"] |= {"id": "2080765813578191399", "text": "hey you"}
    (event,) = events_of(edited)
    assert isinstance(event, MessageEdited)
    assert event.provider_message_id == "2080765813578191303"


def test_both_generations_tell_of_one_message_once(sample: Sample) -> None:
    newer = sample("x", "dm_received")
    older = {"for_user_id": "1111111111111111111", **newer["data"]["payload"]}
    first, second = (X.parse(asked(body), {}.get)[0] for body in (newer, older))
    assert id_of("acme", first) == id_of("acme", second)


def test_our_own_words(sample: Sample) -> None:
    body = sample("x", "text")
    created = body["direct_message_events"][0]["message_create"]
    created["sender_id"], created["target"]["recipient_id"] = ME, YOU
    assert events_of(body) == []
    assert events_of(body, options={"app_id": "13090192"}) == []
    (echo,) = events_of(body, options={"app_id": "1"})
    assert isinstance(echo, MessageEchoed)
    assert (echo.contact.address.value, echo.by) == (YOU, "13090192")
    post = sample("x", "post")
    post["tweet_create_events"][0]["user"]["id_str"] = ME
    assert events_of(post) == []


def test_a_user_has_an_account(sample: Sample) -> None:
    assert events_of(sample("x", "text"), external_id=ME)[0].account == "x-acme"
    assert events_of(sample("x", "text"), external_id="1")[0].account == "x-second"
    (kept,) = events_of(sample("x", "dm_received"), external_id="1")
    assert isinstance(kept, UnrecognisedReceived)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ({"for_user_id": ME, "direct_message_indicate_typing_events": [{}]}, 0),
        ({"for_user_id": ME, "favorite_events": [{"id": "1"}]}, 0),
        ({"data": {"event_type": "like.create", "payload": {}}}, 0),
        ({"data": {"event_type": "chat.received", "payload": {}}}, 1),
        ({"data": {"event_type": "oauth.revoke", "payload": {}}}, 1),
        ({"user_event": {"revoke": {}}}, 1),
        ({"for_user_id": ME, "direct_message_events": [{}, 1], "tweet_create_events": {}}, 3),
    ],
)
def test_what_is_kept_and_what_is_no_news(body: Any, kept: int) -> None:
    events = events_of(body)
    assert len(events) == kept
    assert all(isinstance(event, UnrecognisedReceived) for event in events)


def test_the_check_and_the_signature() -> None:
    secret, body = "consumer", b'{"for_user_id":"1"}'

    def signed(content: bytes) -> str:
        return "sha256=" + base64.b64encode(hmac.new(secret.encode(), content, hashlib.sha256).digest()).decode()

    webhook = asked(body)
    given = Webhook("t", webhook.account, {"x-twitter-webhooks-signature": signed(body)}, body, NOW)
    assert verify(given, ["new", secret])
    assert not verify(given, ["new"])
    check = Webhook("t", webhook.account, {}, b"", NOW, "GET", query={"crc_token": "challenge"})
    answer = handshake(check, [secret, "old"])
    assert json.loads(answer.body) == {"response_token": signed(b"challenge")}
    assert answer.media_type == "application/json"
    with pytest.raises(Malformed):
        handshake(asked(b""), [secret])


def test_the_token_goes_to_the_guarded_host_only() -> None:
    account = MediaAccount(None, {}, "https://api.x.com", {"access_token": "t"})
    assert X.media is not None
    for url, guarded in (
        ("https://ton.twitter.com/a", True),
        ("https://pbs.twimg.com/a", False),
        ("http://ton.twitter.com/a", False),
    ):
        found = X.media(Attachment(kind=ContentKind.IMAGE, url=url), account)
        assert found is not None
        assert bool(found.headers) is guarded
