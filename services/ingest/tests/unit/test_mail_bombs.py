"""Mails that are made to be costly: what is read of them, and that twice the mail is at most twice the work."""

from collections.abc import Callable
from functools import partial

import pytest
from mail_house import drafts, hook
from work import calls_of

from contracts.inbound import MessageReceived
from ingest.domain.mail.html_text import text_of
from ingest.domain.mail.quotes import EXAMINED_CHARS, new_text

HEAD = "From: jo@example.com\r\nTo: support@acme.example\r\nSubject: s\r\nMessage-ID: <1@example.com>\r\n"
INTRODUCED = "On Mon, 16 Nov 2026 at 09:41 Acme <support@acme.example> wrote:\n"
QUOTES: dict[str, Callable[[int], str]] = {
    "blank lines between quoted ones": lambda n: f"hi\n\n{INTRODUCED}> a\n" + "\n" * n + "> b\nme too",
    "signatures of telephones": lambda n: "hi\n" + "Sent from my iPhone\n" * n,
    "dates": lambda n: f"2026年1月1日 {'あ' * 20}\n" * n,
    "marked lines": lambda n: f"{'> ' * 290}\n" * n,
    "rules": lambda n: f"{'-' * 40}\n" * n,
    "beginnings of attributions": lambda n: f"Le {'a é ' * 100}\n" * n,
}
PAGES: dict[str, Callable[[int], str]] = {
    "blocks in blocks": lambda n: "<div>" * n + "x",
    "quotes in quotes": lambda n: "<blockquote>x" * n,
    "choices": lambda n: "<select>" + "<option>x" * n,
    "tables in tables": lambda n: "<table><tr><td><a href='https://x.example'>" * n,
    "tags that never end": lambda n: "<a " * n,
    "comments that never end": lambda n: "<!-- " * n,
    "scripts that never end": lambda n: "<script>" * n,
    "ends of nothing": lambda n: "<div>" * 400 + "</p></li></b>" * n,
    "items above a deep place": lambda n: "<ul>" + "<li>" + "<span style='display:none'>" * 300 + "<td>x" * n,
}


@pytest.mark.parametrize("name", QUOTES)
def test_twice_the_quotes_are_at_most_twice_the_work(name: str) -> None:
    once, twice = (calls_of(partial(new_text, QUOTES[name](n))) for n in (500, 1_000))
    assert twice <= 2.1 * once


@pytest.mark.parametrize("name", PAGES)
def test_twice_the_html_is_at_most_twice_the_work(name: str) -> None:
    once, twice = (calls_of(partial(text_of, PAGES[name](n))) for n in (500, 1_000))
    assert twice <= 2.1 * once


def test_quotes_are_looked_for_in_the_beginning_only_and_marked_lines_go_everywhere() -> None:
    words = "These are words of our own.\n"
    far = words * (EXAMINED_CHARS // len(words))
    assert new_text(f"{words}\n{INTRODUCED}\nold words") == words.strip()
    assert new_text(f"{far}\n{INTRODUCED}\nold words\n> older") == f"{far}\n{INTRODUCED}\nold words"
    assert new_text(f"{words}\n{INTRODUCED}\n" + "old words\n" * 50_000) == words.strip()


@pytest.mark.parametrize("value", ["(" * 100_000, "Jo (a" + "(b" * 3_000, '"' * 9_000, "<" * 9_000, "\\" * 9_000])
@pytest.mark.parametrize("name", ["From", "To", "Reply-To", "Return-Path", "X-Failed-Recipients"])
def test_no_header_of_addresses_is_too_nested(name: str, value: str) -> None:
    (draft,) = drafts(hook("email", f"{name}: {value}\r\n{HEAD}\r\nhello".encode(), "message/rfc822"))
    assert draft.event.channel == "email"


def test_comments_beside_an_address_are_no_part_of_it() -> None:
    source = HEAD.replace("jo@example.com", "Jo (the first) <jo@example.com> (of (many))") + "\r\nhello"
    (draft,) = drafts(hook("email", source.encode(), "message/rfc822"))
    assert isinstance(draft.event, MessageReceived)
    assert draft.event.contact.address.value == "jo@example.com"


@pytest.mark.parametrize("kind", ["text/plain", "text/html", "text/plain; format=flowed"])
def test_more_text_than_an_event_holds_is_read_so_far_and_kept_whole(kind: str) -> None:
    source = f"{HEAD}Content-Type: {kind}\r\n\r\n".encode() + b"words \r\n" * 290_000
    (draft,) = drafts(hook("email", source, "message/rfc822"))
    assert isinstance(draft.event, MessageReceived)
    content = draft.event.content
    assert content.text is not None
    assert content.text.startswith("words")
    assert len(content.text) <= 60_000
    assert [file.file_name for file in content.attachments] == ["original.eml"]
    assert draft.files[0].content == source


def test_html_is_read_as_its_reader_sees_it() -> None:
    page = """<!DOCTYPE html><html><head><title>no</title><style>p{color:red}</style><meta charset=x></head>
    <body><!-- no --><p>One <b>bold</b> &amp; <a href="https://x.example/a?b=1&amp;c=2">link</a>
    <a href='https://y.example'>https://y.example</a><div style="display: none">no <span>no</span></div>
    <ul><li>a<li>b</ul><table><tr><td>1<td>2<tr><td>3</table><pre>
 kept  so</pre><blockquote>old<br>older</blockquote><script>if (a<b) no()</script>1 < 2<hr>end <img alt="pic">"""
    assert text_of(page).split("\n") == [
        "One bold & link (https://x.example/a?b=1&c=2) https://y.example",
        "",
        "- a",
        "- b",
        "1 2",
        "3",
        "",
        " kept  so",
        "",
        "> old",
        "> older",
        "1 < 2",
        "--------------------",
        "end pic",
    ]
