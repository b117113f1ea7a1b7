"""WeChat's XML → events; its plain and encrypted modes judged as wechatpy judges them."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import ingest.channels
from contracts.config import ChannelAccount
from contracts.inbound import ContactChange, ContactChanged, MessageReceived, ReceiptReceived, UnrecognisedReceived
from contracts.values import Attachment, ContentKind, MessageStatus
from ingest.channels import CHANNELS
from ingest.channels.wechat.crypto import decrypt, opened
from ingest.channels.wechat.verify import handshake, verify
from ingest.domain.identity import id_of
from ingest.domain.webhook import Webhook
from ingest.handlers.ports import MediaAccount
from runtime.errors import Refused

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
WECHAT = CHANNELS["wechat"]
SAMPLES = Path(ingest.channels.__file__).parent / "wechat" / "samples"
TOKEN, AES_KEY, APP = "spamtest", "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG", "wx2c2769f8efd9abc2"
PERSON = "oIDrpjqASyTPnxRmpS9O_ruZGsfk"
STAMP = str(int(NOW.timestamp()))


def asked(body: str | bytes, **values: Any) -> Webhook:
    raw = body if isinstance(body, bytes) else body.encode()
    account = ChannelAccount(id="wechat-acme", channel="wechat", external_id=APP)
    return replace(Webhook("acme", account, {"content-type": "text/xml"}, raw, NOW), **values)


def sample(name: str) -> str:
    return (SAMPLES / f"{name}.xml").read_text("utf-8")


def event_of(body: str) -> Any:
    (draft,) = WECHAT.parse(asked(body), {}.get)
    return draft.event


def test_a_text() -> None:
    event = event_of(sample("text"))
    assert isinstance(event, MessageReceived)
    assert (event.content.text, event.conversation) == ("返金したいです <b> & 测试", PERSON)
    assert (event.provider_message_id, event.provider_event_id) == ("5836982729904121631", "5836982729904121631")
    assert event.occurred_at == datetime(2013, 1, 24, 11, 54, 6, tzinfo=UTC)
    assert event.window_closes_at == event.occurred_at + timedelta(hours=48)


def test_every_kind_of_message() -> None:
    image, voice, video, place, link = (
        event_of(sample(n)).content for n in ("image", "voice", "video", "location", "link")
    )
    assert (image.attachments[0].provider_media_id, image.attachments[0].url) == (
        "media_id",
        "http://mmbiz.qpic.cn/mmbiz/EmT2/0",
    )
    assert (voice.kind, voice.text, voice.attachments[0].mime) == (ContentKind.AUDIO, "腾讯微信团队", "audio/amr")
    assert video.kind is ContentKind.VIDEO
    assert (place.location.latitude, place.location.longitude, place.location.address) == (
        23.134521,
        113.358803,
        "位置信息",
    )
    assert link.text == "公众平台官网链接\n公众平台官网链接\nhttps://example.com/"


def test_events() -> None:
    followed, click, report = (event_of(sample(name)) for name in ("subscribe", "click", "report"))
    assert isinstance(followed, ContactChanged)
    assert (followed.change, followed.detail) == (ContactChange.FOLLOWED, "qrscene_123123")
    assert followed.provider_event_id == f"{PERSON}:1359028446:subscribe:qrscene_123123"
    assert (click.content.kind, click.content.payload, click.automatic) == (ContentKind.POSTBACK, "MY_ORDERS", False)
    assert (report.content.location.latitude, report.automatic) == (23.137466, True)
    left = event_of(sample("subscribe").replace("[subscribe]", "[unsubscribe]"))
    assert left.change is ContactChange.UNFOLLOWED
    assert WECHAT.parse(asked(sample("click").replace("CLICK", "VIEW")), {}.get) == ()


def test_a_template_messages_fate() -> None:
    failed = event_of(sample("template"))
    assert isinstance(failed, ReceiptReceived)
    assert (failed.provider_message_id, failed.status, failed.error_code) == (
        "200163840",
        MessageStatus.FAILED,
        "user_block",
    )
    assert event_of(sample("template").replace("failed:user block", "success")).status is MessageStatus.DELIVERED


def test_a_scan_and_a_subscription_messages_fate() -> None:
    """Source: WeChat, "Custom menu event pushes", "Subscription notifications"."""
    scan = (
        sample("click")
        .replace("CLICK", "scancode_waitmsg")
        .replace("</xml>", "<ScanCodeInfo><ScanType>qrcode</ScanType><ScanResult>A-1</ScanResult></ScanCodeInfo></xml>")
    )
    assert (event_of(scan).content.text, event_of(scan).content.payload) == ("A-1", "MY_ORDERS")
    sent = (
        sample("click")
        .replace("CLICK", "subscribe_msg_sent_event")
        .replace(
            "</xml>",
            "<SubscribeMsgSentEvent><List><TemplateId>t</TemplateId><MsgID>1864323726461255680</MsgID><ErrorCode>107002</ErrorCode>"
            "<ErrorStatus>user refuse</ErrorStatus></List></SubscribeMsgSentEvent></xml>",
        )
    )
    told = event_of(sent)
    assert (told.provider_message_id, told.status, told.error_code) == (
        "1864323726461255680",
        MessageStatus.FAILED,
        "107002",
    )


def test_a_choice_from_our_menu_and_json() -> None:
    chosen = event_of(sample("text").replace("<MsgId>", "<bizmsgmenuid>yes</bizmsgmenuid><MsgId>"))
    assert (chosen.content.kind, chosen.content.payload) == (ContentKind.POSTBACK, "yes")
    body = '{"ToUserName":"gh_1","FromUserName":"o1","CreateTime":1482048670,"MsgType":"text","Content":"hi","MsgId":1234567890123456}'
    assert event_of(body).provider_message_id == "1234567890123456"


def test_a_retry_has_the_same_id() -> None:
    for name in ("text", "click"):
        first, again = (WECHAT.parse(asked(sample(name)), {}.get)[0] for _ in range(2))
        assert id_of("acme", first) == id_of("acme", again)


def test_another_account_is_refused() -> None:
    account = ChannelAccount(id="w", channel="wechat", external_id="gh_other")
    with pytest.raises(Refused):
        WECHAT.parse(asked(sample("text"), account=account), {}.get)


BOMB = """<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><xml><Content>&b;</Content></xml>"""


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        '<!DOCTYPE x SYSTEM "file:///etc/passwd"><xml/>',
        "<xml>" * 2000,
        "<xml><MsgType>text</MsgType></xml>",
        sample("text").replace("[text]", "[hologram]"),
        sample("location").replace("23.134521", "north"),
        sample("location").replace("23.134521", "nan"),
        "",
    ],
)
def test_what_cannot_be_read_is_kept(body: str) -> None:
    assert isinstance(event_of(body), UnrecognisedReceived)


def test_plain_signatures_agree_with_wechatpy() -> None:
    from wechatpy.exceptions import InvalidSignatureException
    from wechatpy.utils import check_signature

    mine = hashlib.sha1("".join(sorted([TOKEN, STAMP, "n1"])).encode()).hexdigest()
    query = {"signature": mine, "timestamp": STAMP, "nonce": "n1", "echostr": "4375120948345356249"}
    check_signature(TOKEN, mine, STAMP, "n1")
    assert verify(asked(sample("text"), query=query), ["new", TOKEN])
    assert handshake(asked("", query=query, method="GET"), [TOKEN]).body == b"4375120948345356249"
    with pytest.raises(InvalidSignatureException):
        check_signature("other", mine, STAMP, "n1")
    assert not verify(asked(sample("text"), query=query), ["other"])
    with pytest.raises(Refused):
        handshake(asked("", query=query), ["other"])
    late = asked(sample("text"), query=query, received_at=NOW + timedelta(seconds=301))
    assert not verify(late, [TOKEN])


def sealed(message: str, app: str = APP) -> Webhook:
    """As wechatpy encrypts and signs."""
    from wechatpy.crypto import WeChatCrypto

    found = WeChatCrypto(TOKEN, AES_KEY, app).encrypt_message(message, "n1", STAMP)
    signature = found.partition("<MsgSignature><![CDATA[")[2].partition("]")[0]
    query = {"msg_signature": signature, "timestamp": STAMP, "nonce": "n1", "encrypt_type": "aes"}
    return asked(found, query=query)


def test_what_wechatpy_encrypts_we_open() -> None:
    webhook = sealed(sample("text"))
    assert verify(webhook, [TOKEN])
    found = opened(webhook, ["x" * 43, AES_KEY])
    assert found is not None
    assert found.body.decode() == sample("text")
    assert event_of(found.body.decode()).content.text == "返金したいです <b> & 测试"


def test_what_is_not_ours_stays_closed() -> None:
    assert opened(sealed(sample("text"), "wx0000000000000000"), [AES_KEY]) is None
    assert opened(sealed(sample("text")), ["x" * 43]) is None
    assert opened(sealed(sample("text")), []) is None
    assert not verify(sealed(sample("text")), ["other"])
    tampered = sealed(sample("text"))
    assert not verify(
        replace(tampered, body=tampered.body.replace(b"<Encrypt><![CDATA[", b"<Encrypt><![CDATA[A")), [TOKEN]
    )
    for junk in ("", "!", "AAAA", "A" * 64):
        assert decrypt(junk, AES_KEY, APP) is None
    assert decrypt("AAAA", "short", APP) is None


def test_plain_messages_where_only_safe_ones_are_taken() -> None:
    webhook = asked(sample("text"), query={"signature": "s"})
    assert opened(webhook, []) == webhook
    assert opened(webhook, [AES_KEY]) is None
    plain = webhook.account.model_copy(update={"options": {"security_mode": "plain"}})
    assert opened(replace(webhook, account=plain), [AES_KEY]) is not None
    safe = webhook.account.model_copy(update={"options": {"security_mode": "safe"}})
    assert opened(replace(webhook, account=safe), []) is None


def test_a_voice_is_fetched_with_a_token() -> None:
    account = MediaAccount(APP, {}, "https://api.weixin.qq.com", {"app_secret": "s3"})
    assert WECHAT.media is not None
    first = WECHAT.media(Attachment(kind=ContentKind.AUDIO, provider_media_id="m1"), account)
    assert first is not None
    assert first.url == f"https://api.weixin.qq.com/cgi-bin/token?grant_type=client_credential&appid={APP}&secret=s3"
    assert first.then is not None
    second = first.then(b'{"access_token":"t","expires_in":7200}')
    assert second is not None
    assert second.url == "https://api.weixin.qq.com/cgi-bin/media/get?access_token=t&media_id=m1"
    assert first.then(b'{"errcode":40013}') is None
