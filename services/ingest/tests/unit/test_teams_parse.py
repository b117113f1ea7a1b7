"""A Bot Framework activity → events, and Microsoft's token judged as the SDK judges it."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from contracts.config import ChannelAccount
from contracts.inbound import (
    ContactChange,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ReactionReceived,
    ReceiptReceived,
    UnrecognisedReceived,
)
from contracts.values import AddressKind, Attachment, ContentKind, MessageStatus
from ingest.channels import CHANNELS
from ingest.channels.teams.verify import documents, verify
from ingest.domain.identity import id_of
from ingest.domain.webhook import Webhook
from ingest.handlers.ports import MediaAccount

Sample = Callable[[str, str], dict[str, Any]]
NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
APP = "c9e8c047-2a74-40a2-b28a-b162d5f5327c"
PLACE = (
    "a:17I0kl8EkpE1O9PH5TWrzrLNwnWWcfrU7QZjKR0WSfOpzbfcAg2IaydGElSo"
    "10tVr4C7Fc6GtieTJX663WuJCc1uA83n4CSrHSgGBj5XNYLcVlJAs2ZX8DbYBPck201w-"
)
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
KEYS_URL = "https://login.botframework.com/v1/.well-known/keys"


def asked(body: Any, **values: Any) -> Webhook:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    account = ChannelAccount(id="teams-acme", channel="teams", external_id=APP)
    return replace(Webhook("acme", account, {}, raw, NOW), **values)


def events_of(body: Any) -> list[Any]:
    return [draft.event for draft in CHANNELS["teams"].parse(asked(body), {}.get)]


def test_a_personal_message(sample: Sample) -> None:
    (event,) = events_of(sample("teams", "text"))
    assert isinstance(event, MessageReceived)
    assert (event.content.text, event.conversation) == ("返金したいです", PLACE)
    assert event.provider_message_id == f"{PLACE}:1485983408511"
    assert event.occurred_at == datetime(2017, 2, 1, 21, 10, 7, 437000, tzinfo=UTC)
    assert event.contact.address.kind is AddressKind.TEAMS_USER
    assert event.contact.alternates[0].value == "7faf8ad1-9eed-4f4a-b08b-1f0d3b6b5e9a"
    assert (event.contact.display_name, event.contact.language) == ("佐藤 陽葵", "ja-JP")
    assert event.thread == {
        "service_url": "https://smba.trafficmanager.net/amer-client-ss.msg/",
        "conversation": PLACE,
        "bot": f"28:{APP}",
        "tenant": "72f988bf-86f1-41af-91ab-2d7cd011db47",
    }


def test_in_a_channel_our_mention_is_no_word_of_the_text(sample: Sample) -> None:
    (event,) = events_of(sample("teams", "channel"))
    assert event.content.text == "please ask @Sato <now>"
    assert event.conversation.endswith(";messageid=1481567603816")


def test_files_and_pictures(sample: Sample) -> None:
    (event,) = events_of(sample("teams", "files"))
    paper, picture = event.content.attachments
    assert (paper.kind, paper.mime, paper.file_name) == (ContentKind.FILE, "application/pdf", "見積.pdf")
    assert paper.url == "https://contoso.sharepoint.com/download.aspx?share=x"
    assert (picture.kind, picture.mime) == (ContentKind.IMAGE, None)
    assert event.content.text == "こちらです"


def test_a_picture_and_an_emoji_in_the_words(sample: Sample) -> None:
    """As Teams sends HTML: `http://schema.skype.com/AMSImage`, `…/Emoji`."""
    html = (
        '<div>見て<img itemtype="http://schema.skype.com/Emoji" alt="🙂" src="https://statics.teams.cdn.office.net/smile.png">'
        '<img itemtype="http://schema.skype.com/AMSImage" src="https://smba.trafficmanager.net/jp/v3/attachments/0-x/views/imgo"></div>'
    )
    body = sample("teams", "text") | {"text": None, "attachments": [{"contentType": "text/html", "content": html}]}
    (event,) = events_of(body)
    assert event.content.text == "見て🙂"
    assert [(one.kind, one.url) for one in event.content.attachments] == [
        (ContentKind.IMAGE, "https://smba.trafficmanager.net/jp/v3/attachments/0-x/views/imgo")
    ]


def test_messages_inside_messages_and_files_of_a_channel(sample: Sample) -> None:
    """`messageReference`, `forwardedMessageReference`, `reference`: Microsoft Graph, "chatMessageAttachment"."""
    quoted = {"messageId": "1685983400000", "messagePreview": "いつ?", "messageSender": {"user": {"id": "u"}}}
    passed_on = {"originalMessageId": "1", "originalMessageContent": "<p>元の文</p>"}
    place = "https://contoso.sharepoint.com/sites/t/a.docx"
    attached = [
        {"id": "1", "contentType": "messageReference", "content": json.dumps(quoted)},
        {"id": "2", "contentType": "forwardedMessageReference", "content": json.dumps(passed_on)},
        {"id": "3", "contentType": "reference", "contentUrl": place, "name": "a.docx"},
    ]
    (event,) = events_of(sample("teams", "text") | {"text": "", "attachments": attached})
    assert (event.content.reply_to, event.content.text) == (f"{PLACE}:1685983400000", "元の文")
    assert [(one.url, one.file_name, one.kind) for one in event.content.attachments] == [
        (place, "a.docx", ContentKind.FILE)
    ]


def test_a_picture_is_fetched_with_the_bots_token() -> None:
    account = MediaAccount(APP, {"tenant_id": "t1"}, "https://login.microsoftonline.com", {"app_password": "p&w"})
    media = CHANNELS["teams"].media
    assert media is not None
    url = "https://smba.trafficmanager.net/amer/v3/attachments/0-eus-d1/views/original"
    first = media(Attachment(kind=ContentKind.IMAGE, url=url), account)
    assert first is not None
    assert first.url == "https://login.microsoftonline.com/t1/oauth2/v2.0/token"
    assert b"client_secret=p%26w" in (first.body or b"")
    assert first.then is not None
    second = first.then(b'{"token_type":"Bearer","expires_in":86399,"access_token":"tok"}')
    assert second is not None
    assert (second.url, second.headers) == (url, {"Authorization": "Bearer tok"})
    for elsewhere in (
        "https://contoso.sharepoint.com/x",
        "http://smba.trafficmanager.net/x",
        "https://smba.trafficmanager.net.evil.example/",
    ):
        assert media(Attachment(kind=ContentKind.IMAGE, url=elsewhere), account) is None


def test_a_picture_at_graph_wants_the_organisations_token() -> None:
    """Graph, "List hostedContents"; the token is never the connector's."""
    url = "https://graph.microsoft.com/v1.0/chats/19:x/messages/1/hostedContents/aWQ9/$value"
    picture, media = Attachment(kind=ContentKind.IMAGE, url=url), CHANNELS["teams"].media
    assert media is not None
    known = MediaAccount(APP, {"tenant_id": "t1"}, "https://login.microsoftonline.com", {"app_password": "p"})
    first = media(picture, known)
    assert first is not None
    assert first.url == "https://login.microsoftonline.com/t1/oauth2/v2.0/token"
    assert b"scope=https%3A%2F%2Fgraph.microsoft.com%2F.default" in (first.body or b"")
    assert first.then is not None
    second = first.then(b'{"access_token":"tok"}')
    assert second is not None
    assert (second.url, second.headers) == (url, {"Authorization": "Bearer tok"})
    assert media(picture, replace(known, options={})) is None
    for elsewhere in (
        "https://graph.microsoft.com.evil.example/",
        "http://graph.microsoft.com/",
        "https://graph.microsoft.com:8/",
    ):
        assert media(Attachment(kind=ContentKind.IMAGE, url=elsewhere), known) is None


def test_a_quotation_and_a_pressed_button(sample: Sample) -> None:
    (quote,) = events_of(sample("teams", "quote"))
    assert (quote.content.reply_to, quote.content.text) == (f"{PLACE}:1485983400000", "はい、お願いします")
    (pressed,) = events_of(sample("teams", "pressed"))
    assert (pressed.content.kind, json.loads(pressed.content.payload)) == (
        ContentKind.POSTBACK,
        {"action": "approve", "order": "42"},
    )
    (card,) = events_of(sample("teams", "card"))
    assert (card.content.payload, card.content.text) == ('{"answer":"yes"}', "Yes")


def test_edits_deletions_and_reactions(sample: Sample) -> None:
    (edited,) = events_of(sample("teams", "edited"))
    assert isinstance(edited, MessageEdited)
    assert (edited.provider_message_id, edited.content.text) == (f"{PLACE}:1485983408511", "返金してください")
    again = sample("teams", "edited") | {"timestamp": "2017-02-01T21:11:00Z"}
    assert events_of(again)[0].provider_event_id != edited.provider_event_id
    (deleted,) = events_of(sample("teams", "deleted"))
    assert isinstance(deleted, MessageUnsent)
    added, removed = events_of(sample("teams", "reaction"))
    assert isinstance(added, ReactionReceived)
    assert (added.emoji, removed.emoji, added.provider_message_id) == ("like", "", f"{PLACE}:1485983400002")
    drafts = CHANNELS["teams"].parse(asked(sample("teams", "reaction")), {}.get)
    assert len({id_of("acme", draft) for draft in drafts}) == 2


def test_people_come_and_go(sample: Sample) -> None:
    changes = [(event.change, event.contact.address.value) for event in events_of(sample("teams", "members"))]
    assert changes == [(ContactChange.JOINED, "29:1a0f"), (ContactChange.LEFT, "29:2b")]
    (installed,) = events_of(sample("teams", "installed"))
    assert installed.change is ContactChange.FOLLOWED
    group = sample("teams", "installed") | {"action": "remove", "conversation": {"id": "19:x", "name": "team"}}
    (left,) = events_of(group)
    assert (left.change, left.contact.address.kind) == (ContactChange.LEFT, AddressKind.TEAMS_CONVERSATION)


def test_a_read_receipt_is_of_everything_until_then(sample: Sample) -> None:
    (event,) = events_of(sample("teams", "read"))
    assert isinstance(event, ReceiptReceived)
    assert (event.status, event.provider_message_id) == (MessageStatus.READ, "")
    assert event.up_to == datetime(2017, 2, 1, 21, 10, 8, 511000, tzinfo=UTC)


@pytest.mark.parametrize(
    "change",
    [
        {"type": "typing"},
        {"from": {"id": f"28:{APP}", "name": "Teams TestBot"}},
        {"type": "invoke", "name": "signin/verifyState", "value": {"state": "secret"}},
        {"type": "event", "name": "application/vnd.microsoft.meetingStart"},
    ],
)
def test_no_news(sample: Sample, change: dict[str, Any]) -> None:
    assert events_of(sample("teams", "text") | change) == []


@pytest.mark.parametrize(
    "change", [{"type": "surprise"}, {"conversation": {}}, {"from": {"id": ""}}, {"attachments": 1}]
)
def test_what_cannot_be_read_is_kept(sample: Sample, change: dict[str, Any]) -> None:
    (event,) = events_of(sample("teams", "text") | change)
    assert isinstance(event, UnrecognisedReceived)


def test_an_invoke_is_answered_in_the_body(sample: Sample) -> None:
    answer = CHANNELS["teams"].answer(asked(sample("teams", "card")), [])
    assert (answer.status, json.loads(answer.body)["statusCode"]) == (200, 200)


def keys(**changes: Any) -> bytes:
    own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    published = own | {"kid": "k1", "use": "sig", "x5t": "k1", "endorsements": ["msteams", "webchat"]} | changes
    return json.dumps({"keys": [published]}).encode()


def signed(sample: Sample, key: Any = KEY, headers: dict[str, str] | None = None, **claims: Any) -> Webhook:
    """As PyJWT signs what the connector says."""
    body = sample("teams", "text")
    at = int(NOW.timestamp())
    said = {"iss": "https://api.botframework.com", "aud": APP, "nbf": at - 60, "exp": at + 3540}
    said |= {"serviceurl": body["serviceUrl"], **claims}
    token = jwt.encode(
        {name: value for name, value in said.items() if value is not None},
        key,
        "RS256",
        {"kid": "k1", **(headers or {})},
    )
    return asked(body, headers={"authorization": f"Bearer {token}"}, documents={KEYS_URL: keys()})


def test_what_microsoft_signs_we_accept(sample: Sample) -> None:
    webhook = signed(sample)
    assert documents(webhook) == (KEYS_URL,)
    assert verify(webhook, ())
    mine = replace(
        webhook, account=webhook.account.model_copy(update={"external_id": None, "options": {"app_id": APP}})
    )
    assert verify(mine, ())
    assert not verify(replace(webhook, account=webhook.account.model_copy(update={"external_id": None})), ())


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "someone-else"},
        {"aud": [APP, "someone-else"]},
        {"iss": "https://sts.windows.net/x/"},
        {"serviceurl": "https://evil.example/"},
        {"serviceurl": None},
        {"exp": int(NOW.timestamp()) - 301},
        {"exp": None},
        {"nbf": int(NOW.timestamp()) + 301},
    ],
)
def test_wrong_claims(sample: Sample, claims: dict[str, Any]) -> None:
    assert not verify(signed(sample, **claims), ())


def test_the_clock_may_be_off_by_five_minutes(sample: Sample) -> None:
    webhook = signed(sample)
    assert verify(replace(webhook, received_at=NOW + timedelta(minutes=63)), ())
    assert not verify(replace(webhook, received_at=NOW + timedelta(minutes=65)), ())


def test_wrong_keys_and_tokens(sample: Sample) -> None:
    assert not verify(signed(sample, OTHER), ())
    assert not verify(signed(sample, headers={"kid": "k2"}), ())
    webhook = signed(sample)
    assert not verify(replace(webhook, documents={KEYS_URL: keys(endorsements=["skype"])}), ())
    assert verify(replace(webhook, documents={KEYS_URL: keys(endorsements=[])}), ())
    for document in (b"", b"[]", b'{"keys":[{"kid":"k1"}]}', b'{"keys":[{"kid":"k1","kty":"RSA","n":"!","e":1}]}'):
        assert not verify(replace(webhook, documents={KEYS_URL: document}), ())
    for header in ("", "Bearer ", "Bearer a.b.c", "Basic x", "Bearer " + "a" * 9000):
        assert not verify(replace(webhook, headers={"authorization": header}), ())
    body = webhook.body
    unsigned = jwt.encode({"aud": APP}, "x" * 32, "HS256", {"kid": "k1"})
    assert not verify(replace(webhook, headers={"authorization": f"Bearer {unsigned}"}, body=body), ())
