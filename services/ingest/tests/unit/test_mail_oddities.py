"""Mail that programs get wrong, and what stands between its writer and us."""

from datetime import UTC, datetime

import pytest
from mail_house import mail

from ingest.domain.mail.charset import decode

HEAD = (
    "From: Jo Bloggs <Jo@Example.com>\r\nTo: Support <support@acme.example>\r\n"
    "Message-ID: <m1@example.com>\r\nDate: Mon, 16 Nov 2026 09:41:00 +0900\r\n"
)


def raw(headers: str, body: bytes | str) -> bytes:
    return (HEAD + headers + "\r\n").encode("utf-8") + (body if isinstance(body, bytes) else body.encode())


def test_escapes_of_no_charset_are_no_endless_work() -> None:
    """An OLE file called a mail: escapes that look like ISO-2022-JP, and bytes above ASCII."""
    assert "\xd0" in decode(b"\xd0\xcf\x11\xe0\x1b$\xff x", None)


def test_a_multipart_with_another_boundary_than_it_names_is_read() -> None:
    broken = "Content-Type: multipart/alternative; boundary=one\r\n"
    _, content, files = mail(raw(broken, "\r\n----two\r\nContent-Type: text/plain\r\n\r\nhello\r\n----two--\r\n"))
    assert (content.text, files) == ("hello", {})
    assert mail(raw(broken, "just words"))[1].text == "just words"


def test_a_name_in_raw_bytes() -> None:
    body = (
        "--b\r\n\r\nhi\r\n--b\r\nContent-Type: application/zip\r\n"
        'Content-Disposition: attachment; filename="ご請求のこと.zip"\r\n\r\nPK\r\n--b--\r\n'
    )
    for codec in ("utf-8", "cp932"):
        _, content, _ = mail(raw("Content-Type: multipart/mixed; boundary=b\r\n", body.encode(codec)))
        assert [one.file_name for one in content.attachments] == ["ご請求のこと.zip"]


def test_words_beside_words() -> None:
    """A list server's footer in HTML below the text; the same words twice by a broken program."""

    def of(html: str) -> str | None:
        body = f"--b\r\n\r\nhello\r\n--b\r\nContent-Type: text/html\r\n\r\n{html}\r\n--b--\r\n"
        return mail(raw("Content-Type: multipart/mixed; boundary=b\r\n", body))[1].text

    assert of("<p>footer</p>") == "hello\nfooter"
    assert of("<p>hello</p>") == "hello"


def test_a_body_with_a_name_is_the_body() -> None:
    headers = 'Content-Type: text/plain; name="body.txt"\r\nContent-Disposition: inline\r\n'
    assert mail(raw(headers, "hello"))[1].text == "hello"


def test_the_person_behind_a_web_forms_program() -> None:
    """Reply-To counts where From is ourselves or an address that nobody reads, and nowhere else."""

    def sender(whom: str) -> str:
        source = f"From: Site <{whom}>\r\nReply-To: Jo <jo@example.com>\r\nMessage-ID: <f@x>\r\n\r\nx"
        return mail(source.encode())[0].contact.address.value

    assert [sender("support@acme.example"), sender("no-reply@forms.example"), sender("mallory@x.example")] == [
        "jo@example.com",
        "jo@example.com",
        "mallory@x.example",
    ]
    assert mail(b"Reply-To: jo@example.com\r\n\r\nx")[0].contact.address.value == "jo@example.com"


def test_a_google_group_in_front_of_us_is_no_list() -> None:
    """It writes its own address over the sender's, because of DMARC."""
    source = (
        "From: \"'Jo Bloggs' via Support\" <support@acme.example>\r\nX-Original-From: Jo Bloggs <jo@example.com>\r\n"
        "Message-ID: <g@x>\r\nPrecedence: list\r\nMailing-list: list support@acme.example\r\n"
        "List-ID: <support.acme.example>\r\nList-Post: <https://groups.google.com/>, <mailto:support@acme.example>\r\n\r\nx"
    )
    event = mail(source)[0]
    assert (event.contact.address.value, event.contact.display_name, event.automatic) == (
        "jo@example.com",
        "Jo Bloggs",
        False,
    )
    assert mail(source.replace("mailto:support", "mailto:others"))[0].automatic


def test_other_forms_of_the_same_words_are_no_files() -> None:
    amp = "--b\r\nContent-Type: text/x-amp-html\r\n\r\n<html amp4email>\r\n"
    body = f"--b\r\n\r\nhello\r\n{amp}--b\r\nContent-Type: text/html\r\n\r\n<p>hello\r\n--b--\r\n"
    _, content, files = mail(raw("Content-Type: multipart/alternative; boundary=b\r\n", body))
    assert (content.text, files) == ("hello", {})


@pytest.mark.parametrize(
    "said",
    [
        "Mon, 16 Nov 2026 09:41:00 +0900",
        "Mon, 16 Nov 2026 09:41:00 +09:00",
        "Mon, 16 Nov 2026 09:41:00 GMT+09:00",
        "Mon, 16 Nov 2026 09:41:00 JST",
        "Mon, 16 Nov 2026 09:41:00 +0900 (JST)",
        "2026-11-16T09:41:00+09:00",
        "2026-11-16 00:41:00",
    ],
)
def test_dates_as_programs_write_them(said: str) -> None:
    source = f"From: jo@example.com\r\nDate: {said}\r\nMessage-ID: <d@x>\r\n\r\nx"
    assert mail(source)[0].occurred_at == datetime(2026, 11, 16, 0, 41, tzinfo=UTC)
