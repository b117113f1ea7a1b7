"""Raw mail as it comes over the wire → what the case store is told."""

import base64
import struct
from datetime import UTC, datetime
from email.message import EmailMessage
from hashlib import sha256

import pytest
from mail_house import NOW, drafts, hook, mail

from contracts.inbound import UnrecognisedReceived
from contracts.values import ContentKind
from ingest.domain.mail.charset import decode
from ingest.domain.mail.mime import MAX_FILES

HEAD = (
    "From: Jo Bloggs <Jo@Example.com>\r\nTo: Support <support@acme.example>\r\n"
    "Message-ID: <m1@example.com>\r\nDate: Mon, 16 Nov 2026 09:41:00 +0900\r\n"
)


def raw(headers: str, body: bytes | str) -> bytes:
    return (HEAD + headers + "\r\n").encode("utf-8") + (body if isinstance(body, bytes) else body.encode())


def test_a_plain_mail() -> None:
    event, content, files = mail(
        raw(
            "Subject: Hello\r\nIn-Reply-To: <a@acme.example>\r\nReferences: <root@acme.example>\r\n <a@acme.example>\r\n",
            "Hi\r\nthere\r\n",
        )
    )
    assert (event.conversation, event.contact.address.value, event.contact.display_name) == (
        "jo@example.com",
        "jo@example.com",
        "Jo Bloggs",
    )
    assert event.provider_message_id == "<m1@example.com>"
    assert event.occurred_at == datetime(2026, 11, 16, 0, 41, tzinfo=UTC)
    assert (content.kind, content.text, content.full_text, content.subject) == (
        ContentKind.TEXT,
        "Hi\nthere",
        "Hi\nthere",
        "Hello",
    )
    assert event.references == ("<a@acme.example>", "<root@acme.example>")
    assert content.reply_to == "<a@acme.example>"
    assert event.thread == {
        "message_id": "<m1@example.com>",
        "references": "<root@acme.example> <a@acme.example>",
        "subject": "Hello",
        "mailbox": "support@acme.example",
    }
    assert (event.automatic, files) == (False, {})


@pytest.mark.parametrize(
    ("charset", "codec", "text"),
    [
        ("ISO-2022-JP", "iso2022_jp", "注文した商品が届きません。\nテストです"),
        ("Shift_JIS", "cp932", "①髙橋です。ﾃｽﾄ～"),
        ("EUC-JP", "euc_jp", "返品したいのですが"),
        ("GB18030", "gb18030", "您好,我要退货。𠮷"),
        ("gb2312", "gbk", "朱镕基"),
        ("Big5", "big5", "您好"),
        ("EUC-KR", "cp949", "안녕하세요 똠"),
        ("ks_c_5601-1987", "cp949", "안녕하세요"),
        ("TIS-620", "cp874", "สวัสดีครับ “ราคา” …"),
        ("iso-8859-1", "cp1252", "Größe – “quoted” €"),
        ("koi8-r", "koi8-r", "Здравствуйте"),
        ("x-unknown", "utf-8", "naïve 日本語"),
        ("x-unknown", "cp932", "ありがとうございます"),
        ("x-unknown", "euc_jp", "ありがとうございます"),
        ("us-ascii", "utf-8", "日本語"),
        ("utf-7", "utf-7", "日本語"),
    ],
)
def test_charsets_bodies_and_subjects(charset: str, codec: str, text: str) -> None:
    encoded = base64.b64encode(text.encode(codec))
    subject = f"=?{charset}?B?{base64.b64encode(text.splitlines()[0].encode(codec)).decode()}?="
    _, content, _ = mail(
        raw(
            f"Subject: {subject}\r\nContent-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: base64\r\n",
            encoded,
        )
    )
    assert content.text == text
    assert content.subject == text.splitlines()[0]


def test_what_windows_sends_as_iso_2022_jp() -> None:
    circled = b"\x1b$B\x2d\x21\x2d\x35\x1b(B \x1b(I\x43\x3d\x44\x1b(B"
    assert decode(circled, "iso-2022-jp") == "①Ⅰ ﾃｽﾄ"
    assert decode("第１章　概要".encode("iso2022_jp"), "ISO-2022-JP") == "第１章　概要"


def test_a_character_cut_in_two_between_encoded_words_and_raw_eight_bit_headers() -> None:
    whole = "お問い合わせの件について".encode("shift_jis")
    halves = (whole[:5], whole[5:])
    words = "\r\n ".join(f"=?Shift_JIS?B?{base64.b64encode(half).decode()}?=" for half in halves)
    assert mail(raw(f"Subject: {words}\r\n", "x"))[1].subject == "お問い合わせの件について"
    assert (
        mail(raw("", "x").replace(b"\r\n\r\n", "\r\nSubject: 件名です\r\n\r\n".encode("cp932"), 1))[1].subject
        == "件名です"
    )
    assert mail(raw("Subject: =?utf-8?q?broken=?= =?x?b?!!?=\r\n", "x"))[1].subject


def test_a_sender_whose_words_hold_a_comma_or_another_address() -> None:
    source = raw("", "x").replace(
        b"Jo Bloggs <Jo@Example.com>", b"=?utf-8?q?Doe=2C_Jo_=3Cboss=40acme=2Eexample=3E?= <jo@example.com>"
    )
    event, _, _ = mail(source)
    assert event.contact.address.value == "jo@example.com"
    assert event.contact.display_name == "Doe, Jo <boss@acme.example>"


def test_alternatives_related_pictures_and_files() -> None:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"], message["Message-ID"] = (
        "jo@example.com",
        "support@acme.example",
        "Bild",
        "<m2@example.com>",
    )
    message.set_content("Siehe Bild")
    message.add_alternative('<p>Siehe <img src="cid:logo@x"></p>', subtype="html")
    message.get_payload()[1].add_related(b"\x89PNG logo", "image", "png", cid="<logo@x>", filename="logo.png")  # type: ignore[union-attr,index]  # a list
    message.add_attachment(b"%PDF-1", "application", "pdf", filename="請求書 2026.pdf")
    message.add_attachment("a,b", subtype="csv", filename="../../etc/x.csv")
    event, content, files = mail(message.as_bytes())
    assert (content.text, content.html) == ("Siehe Bild", '<p>Siehe <img src="cid:logo@x"></p>\n')
    assert files == {"logo.png": b"\x89PNG logo", "請求書 2026.pdf": b"%PDF-1", "x.csv": b"a,b\n"}
    logo, pdf, _ = content.attachments
    assert (logo.kind, logo.provider_media_id, pdf.kind, pdf.mime) == (
        ContentKind.IMAGE,
        "cid:logo@x",
        ContentKind.FILE,
        "application/pdf",
    )
    assert (pdf.sha256, pdf.size_bytes) == (sha256(b"%PDF-1").hexdigest(), 6)
    assert pdf.object_key == f"files/acme/{pdf.sha256[:2]}/{pdf.sha256}"
    assert event.occurred_at == NOW


def test_html_alone_becomes_text() -> None:
    _, content, _ = mail(
        raw("Content-Type: text/html; charset=iso-2022-jp\r\n", "<p>こんにちは</p><p>二行目</p>".encode("iso2022_jp"))
    )
    assert content.text == "こんにちは\n\n二行目"


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("filename*=UTF-8''%E8%AB%8B%E6%B1%82%E6%9B%B8.pdf", "請求書.pdf"),
        ("filename*0*=ISO-2022-JP''%1B%24B%40A5a%3Dq; filename*1*=%1B%28B.pdf", "請求書.pdf"),
        ('filename="=?ISO-2022-JP?B?GyRCQEE1YT1xGyhCLnBkZg==?="', "請求書.pdf"),
        ('filename="=?utf-8?B?6KuL5rGC?=\r\n =?utf-8?B?5pu4LnBkZg==?="', "請求書.pdf"),
        ("filename*=x-nothing''%E8%AB%8B.pdf", "請.pdf"),
        ("filename*0=a; filename*1=b.pdf", "ab.pdf"),
        ('filename="C:\\\\temp\\\\a.pdf"', "a.pdf"),
    ],
)
def test_names_of_files(disposition: str, name: str) -> None:
    _, content, _ = mail(
        raw(f"Content-Type: application/pdf\r\nContent-Disposition: attachment; {disposition}\r\n", "x")
    )
    assert [one.file_name for one in content.attachments] == [name]


def test_a_mail_within_the_mail_is_a_file() -> None:
    inner = EmailMessage()
    inner["From"], inner["Subject"] = "x@example.com", "Inner"
    inner.set_content("inner words")
    message = EmailMessage()
    message["From"], message["Message-ID"] = "jo@example.com", "<m3@example.com>"
    message.set_content("see attached")
    message.add_attachment(inner)
    _, content, files = mail(message.as_bytes())
    assert content.text == "see attached"
    assert content.attachments[0].mime == "message/rfc822"
    assert b"inner words" in files["Inner.eml"]


ICS = (
    "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
    "SUMMARY:打ち合わせ\\, 第\r\n 2回\r\nDTSTART;TZID=Asia/Tokyo:20261201T100000\r\n"
    "DTEND:20261201T020000Z\r\nLOCATION:東京\r\nEND:VEVENT\r\n"
    "END:VCALENDAR\r\n"
)


def test_an_invitation_alone_is_told_in_words_and_kept_as_a_file() -> None:
    _, content, files = mail(raw("Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n", ICS))
    assert content.text == "打ち合わせ, 第2回\n2026-12-01 10:00 (Asia/Tokyo)\n– 2026-12-01 02:00 UTC\n東京"
    assert "打ち合わせ" in files["invite.ics"].decode()


def _attribute(level: int, attribute: int, data: bytes) -> bytes:
    return struct.pack("<BII", level, attribute, len(data)) + data + struct.pack("<H", sum(data) & 0xFFFF)


def _properties(*values: tuple[int, int, bytes]) -> bytes:
    out = struct.pack("<I", len(values))
    for kind, name, data in values:
        out += struct.pack("<HHII", kind, name, 1, len(data)) + data + bytes(-len(data) % 4)
    return out


def test_winmail_dat_is_unpacked() -> None:
    packed = b"\x78\x9f\x3e\x22\x01\x00" + b"".join(
        (
            _attribute(1, 0x00069007, struct.pack("<II", 932, 0)),
            _attribute(1, 0x0002800C, "添付します".encode("cp932") + b"\0"),
            _attribute(2, 0x00069002, bytes(14)),
            _attribute(2, 0x00018010, b"SHORT~1.TXT\0"),
            _attribute(2, 0x0006800F, b"the bytes"),
            _attribute(
                2,
                0x00069005,
                _properties((31, 0x3707, "長い名前.txt\0".encode("utf-16-le")), (30, 0x370E, b"text/plain\0")),
            ),
        )
    )
    _, content, files = mail(
        raw(
            'Content-Type: application/ms-tnef; name="winmail.dat"\r\nContent-Transfer-Encoding: base64\r\n',
            base64.encodebytes(packed),
        )
    )
    assert content.text == "添付します"
    assert files == {"長い名前.txt": b"the bytes"}
    assert content.attachments[0].mime == "text/plain"


def test_a_broken_winmail_dat_stays_a_file() -> None:
    broken = b"\x78\x9f\x3e\x22\x01\x00" + struct.pack("<BII", 1, 0x0002800C, 9_999_999) + b"x"
    _, _, files = mail(
        raw(
            'Content-Type: application/ms-tnef; name="winmail.dat"\r\nContent-Transfer-Encoding: base64\r\n',
            base64.encodebytes(broken),
        )
    )
    assert files == {"winmail.dat": broken}


def test_a_mail_of_a_thousand_parts_is_read_so_far_and_kept_whole() -> None:
    parts = "".join(f"--b\r\nContent-Disposition: attachment; filename={n}.txt\r\n\r\n{n}\r\n" for n in range(1000))
    source = raw("Content-Type: multipart/mixed; boundary=b\r\n", f"--b\r\n\r\nHello\r\n{parts}--b--\r\n")
    _, content, files = mail(source)
    assert content.text == "Hello"
    assert len(content.attachments) == MAX_FILES + 1
    assert files["original.eml"] == source


def test_mails_within_mails_for_ever_are_kept_whole() -> None:
    source = raw("", "")[:-2] + b"Content-Type: message/rfc822\r\n\r\n" * 20_000
    assert mail(source)[2]["original.eml"] == source


@pytest.mark.parametrize("depth", [50, 5_000])
def test_a_mail_nested_for_ever_is_kept_whole(depth: int) -> None:
    body = "".join(f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}\r\n" for n in range(depth))
    event, _, files = mail(raw("", "")[:-2] + body.encode())
    assert event.contact.address.value == "jo@example.com"
    assert any(f"boundary=b{depth - 1}".encode() in content for content in files.values())


def test_a_huge_text_is_cut_and_the_source_goes_along() -> None:
    source = raw("", "あ" * 400_000)
    _, content, files = mail(source)
    assert content.text is not None
    assert len(content.text) == 20_000
    assert files == {"original.eml": source}


def test_flowed_lines_are_joined() -> None:
    _, content, _ = mail(
        raw("Content-Type: text/plain; format=flowed\r\n", "one \r\ntwo\r\n\r\n> quoted \r\n> more\r\n")
    )
    assert content.full_text == "one two\n\n> quoted \n> more"
    assert content.text == "one two"


@pytest.mark.parametrize(
    "headers",
    [
        "Auto-Submitted: auto-replied\r\n",
        "Auto-Submitted: auto-generated (x)\r\n",
        "Precedence: bulk\r\n",
        "List-Id: <news.example.com>\r\n",
        "X-Auto-Response-Suppress: All\r\n",
        "Return-Path: <>\r\n",
        "Subject: Automatic reply: Your order\r\n",
        "Subject: =?utf-8?b?6Ieq5YuV6L+U5L+h?=: x\r\n",
        "Subject: Abwesenheitsnotiz: x\r\n",
    ],
)
def test_machines_are_told_apart(headers: str) -> None:
    assert mail(raw(headers, "x"))[0].automatic
    assert not mail(raw("Auto-Submitted: no\r\nSubject: Automatic doors\r\nReturn-Path: <jo@example.com>\r\n", "x"))[
        0
    ].automatic


def test_a_mail_from_ourselves_is_a_loop() -> None:
    for sender in ("support@acme.example", "Support+aaaabbbbccccddddeeeeffffgggghhhhiiiijjjjkk@acme.example"):
        (draft,) = drafts(hook("email", f"From: {sender}\r\nMessage-ID: <l@x>\r\n\r\nx".encode(), "message/rfc822"))
        assert isinstance(draft.event, UnrecognisedReceived)
        assert "loop" in draft.event.reason


def test_a_mail_without_sender_or_headers_is_kept() -> None:
    for source in (b"", b"\xff\xfe", b"Subject: x\r\n\r\nbody", b"From: nobody\r\n\r\nx"):
        (draft,) = drafts(hook("email", source, "message/rfc822"))
        assert isinstance(draft.event, UnrecognisedReceived)
        assert draft.files[0].content == source


def test_without_a_message_id_the_mail_itself_is_the_identity() -> None:
    source = "From: jo@example.com\r\nDate: Mon, 16 Nov 2026 09:41:00 +0900\r\n\r\n"
    one, again, other = (mail(source + body)[0] for body in ("a", "a", "b"))
    assert one.provider_event_id == again.provider_event_id != other.provider_event_id
    assert one.provider_message_id == one.provider_event_id


def test_two_mails_under_one_message_id_are_both_kept() -> None:
    first, second = mail(raw("", "one"))[0], mail(raw("", "two"))[0]
    assert first.provider_message_id == second.provider_message_id
    assert first.provider_event_id != second.provider_event_id
