"""RFC 5322 and MIME → Letter. The older policy of `email` on purpose: the newer one raises on headers that real mail has."""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from email.utils import collapse_rfc2231_value
from itertools import islice
from typing import Final

from ingest.domain.mail import headers as head
from ingest.domain.mail.calendar import told
from ingest.domain.mail.charset import decode
from ingest.domain.mail.flowed import joined
from ingest.domain.mail.html_text import text_of
from ingest.domain.mail.letter import File, Letter
from ingest.domain.mail.tnef import is_tnef, unpacked
from ingest.domain.text import clean

MAX_PARTS: Final = 200
"""A mail of more is not read further; no mail program makes such."""

MAX_DEPTH: Final = 30
MAX_NESTING: Final = 100
_NESTING: Final = re.compile(rb'boundary\s*=\s*"?([^"\s;]{1,70})|message/(?:rfc822|global)', re.IGNORECASE)
_BOUNDARY: Final = re.compile(rb'^--([^\s"][^\r\n"]{0,69}?)\s*\r?\nContent-', re.MULTILINE | re.IGNORECASE)
_OTHER_FORMS: Final = frozenset({"text/x-amp-html", "text/watch-html", "text/markdown"})
"""The same words once more, for programs that like them so."""

MAX_TEXT_BYTES: Final = 2_000_000
"""Of all its texts together; an event holds less than a tenth of it."""

MAX_FILES: Final = 100
MAX_NAME_CHARS: Final = 255
_COMPARED_TEXTS: Final = 10


@dataclass(slots=True)
class _Found:
    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    calendars: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    cut: bool = False
    left: int = MAX_TEXT_BYTES


def read_message(source: bytes) -> Message | None:
    """None where nothing can read it. A bomb is read up to where it shows itself as one."""
    try:
        return email.message_from_bytes(source[: readable_bytes(source)])
    except (RecursionError, ValueError, LookupError, TypeError):
        return None


def readable_bytes(source: bytes) -> int:
    """So far it has no more than MAX_PARTS parts and mails within mails. The parser's work grows with the square of their depth."""
    end = len(source)
    nested = list(islice(_NESTING.finditer(source), MAX_NESTING + 1))
    if len(nested) > MAX_NESTING:
        end = nested[-1].start()
    names = {re.escape(one[1]) for one in nested if one[1]}
    if not names:
        return end
    delimiters = re.compile(rb"^--(?:" + b"|".join(names) + rb")", re.MULTILINE).finditer(source, 0, end)
    last = next(islice(delimiters, 2 * MAX_PARTS, None), None)
    return last.start() if last else end


def letter_of(message: Message, *, cut: bool = False) -> Letter:
    found = _Found(cut=cut or "content-type:" in (message.epilogue or "").lower())
    _collect(message, found)
    text = "\n".join(one.strip("\n") for one in found.texts if one.strip())
    html = "\n".join(found.htmls)
    return with_headers(
        head.headers_of(message),
        text=text or (text_of(html) if html else "") or "\n".join(map(told, found.calendars)).strip(),
        html=html,
        files=tuple(found.files),
        cut=found.cut,
    )


def with_headers(
    headers: head.Headers,
    *,
    text: str,
    html: str = "",
    stripped: str = "",
    files: tuple[File, ...] = (),
    recipients: tuple[str, ...] = (),
    cut: bool = False,
) -> Letter:
    """What the headers say, and the rest as given."""
    named = (one for field_ in ("from", "sender", "reply-to", "return-path") for one in head.addresses(headers, field_))
    name, address = next(named, ("", ""))
    shown = [
        address
        for field_ in ("to", "cc", "delivered-to", "x-original-to")
        for _, address in head.addresses(headers, field_)
    ]
    return Letter(
        headers=headers,
        sender=address,
        sender_name=name or None,
        subject=head.words(headers, "subject"),
        text=_tidy(text),
        html=clean(html),
        stripped=_tidy(stripped),
        files=files,
        message_id=head.message_id(headers),
        date=head.date(headers),
        recipients=recipients or tuple(dict.fromkeys(shown)),
        cut=cut,
    )


def _tidy(text: str) -> str:
    return clean(text).replace("\r\n", "\n").replace("\r", "\n").strip("\n").rstrip()


def _collect(message: Message, found: _Found) -> None:
    leaves = _leaves(message, 0, alternative=not message.is_multipart())
    for part, is_choice in islice(leaves, MAX_PARTS):
        _take(part, found, is_choice=is_choice)
    found.cut |= next(leaves, None) is not None


def _leaves(part: Message, depth: int, *, alternative: bool) -> Iterator[tuple[Message, bool]]:
    """Parts that are no multiparts, and whether they are one choice among others. A mail within the mail is a leaf."""
    inner = part.get_payload()
    if not part.is_multipart() or part.get_content_type() == "message/rfc822" or not isinstance(inner, list):
        yield part, alternative
        return
    choice = part.get_content_type() == "multipart/alternative"
    if depth >= MAX_DEPTH:
        yield part, False
        return
    for child in inner:
        if isinstance(child, Message):
            yield from _leaves(child, depth + 1, alternative=alternative or choice)


def _take(part: Message, found: _Found, *, is_choice: bool) -> None:
    if part.get_content_maintype() == "multipart" and not part.is_multipart():
        _take_broken(part, found)
        return
    kind, name = part.get_content_type(), file_name(part)
    is_file = part.get_content_disposition() == "attachment" or (name is not None and not is_choice)
    if kind == "text/calendar":
        found.calendars.append(_text(part, found))
        is_file = True
    if not is_file and kind in _OTHER_FORMS and is_choice and (found.texts or found.htmls):
        return
    if not is_file and kind in ("text/plain", "text/enriched", "text/markdown"):
        found.texts.append(_flowed(part, found))
    elif not is_file and kind == "text/html":
        found.htmls.append(_text(part, found))
        if not is_choice:
            _add_said(found, text_of(found.htmls[-1]))
    else:
        _take_file(part, found, name)


def _add_said(found: _Found, said: str) -> None:
    """HTML beside plain text, as list servers and Apple Mail send it, unless it repeats it."""
    if len(found.texts) > _COMPARED_TEXTS:
        found.texts.append(said)
        return
    known = "".join("".join(found.texts).split())
    if "".join(said.split()) not in known:
        found.texts.append(said)


def _take_broken(part: Message, found: _Found) -> None:
    """A multipart that names another boundary than it has, or none: the one that it has is tried, else all of it is text."""
    content = _bytes(part)
    boundary = _BOUNDARY.search(content)
    if boundary is None:
        found.texts.append(decode(content, _parameter(part, "charset")))
        return
    source = b'Content-Type: multipart/mixed; boundary="' + boundary[1] + b'"\r\n\r\n' + content
    again = read_message(source)
    if again is not None and again.is_multipart():
        for inner, _ in islice(_leaves(again, 1, alternative=True), MAX_PARTS):
            if inner.get_content_maintype() != "multipart":
                _take(inner, found, is_choice=True)


def _take_file(part: Message, found: _Found, name: str | None) -> None:
    content = _bytes(part)
    if is_tnef(part.get_content_type(), name, content):
        packed = unpacked(content)
        if packed is not None:
            found.texts.extend(filter(None, (packed.text,)))
            found.htmls.extend(filter(None, (packed.html,)))
            found.files.extend(packed.files[: MAX_FILES - len(found.files)])
            return
    if len(found.files) >= MAX_FILES:
        found.cut = True
        return
    place = clean(str(part.get("content-id", ""))).strip("<> ") or None
    inline = part.get_content_disposition() == "inline" or (
        place is not None and part.get_content_disposition() is None
    )
    found.files.append(File(content, _mime(part), name or _invented(part), place, inline))


def _mime(part: Message) -> str:
    return part.get_content_type()[:127]


def _invented(part: Message) -> str | None:
    """A name for what has none but needs one to be opened."""
    match part.get_content_type():
        case "message/rfc822":
            inner = part.get_payload()
            first = inner[0] if isinstance(inner, list) and inner else None
            subject = head.words(head.headers_of(first), "subject") if isinstance(first, Message) else ""
            return f"{subject.replace('/', '_')[:100] or 'message'}.eml"
        case "text/calendar":
            return "invite.ics"
    return None


def file_name(part: Message) -> str | None:
    """RFC 2231 in all its forms, and RFC 2047 words, which don't belong there but are common."""
    readable = _eight_bit_safe(part)
    for header, parameter in (("content-disposition", "filename"), ("content-type", "name")):
        try:
            value = readable.get_param(parameter, None, header)
        except (ValueError, LookupError, TypeError):
            continue
        if isinstance(value, tuple):
            charset, _, quoted = value
            value = (
                decode(quoted.encode("latin-1", "replace"), charset)
                if quoted.isascii() is False
                else collapse_rfc2231_value(value)
            )
        if value:
            name = head.decoded(str(value).strip("\"'"))
            return name.strip() or None
    return None


def _eight_bit_safe(part: Message) -> Message:
    """The library shows raw bytes of a header as U+FFFD; here they are read first."""
    found = head.headers_of(part)
    raw = {name: head.first(found, name) for name in ("content-disposition", "content-type")}
    if all(value.isascii() for value in raw.values()):
        return part
    readable = Message()
    for name, value in raw.items():
        readable[name] = head.decoded(value)
    return readable


def _bytes(part: Message) -> bytes:
    inner = part.get_payload()
    if isinstance(inner, list):
        return b"\r\n".join(each.as_bytes() for each in inner if isinstance(each, Message))
    try:
        content = part.get_payload(decode=True)
    except (ValueError, LookupError, AssertionError):
        content = None
    if isinstance(content, bytes):
        return content
    return str(inner).encode("utf-8", "surrogateescape")


def _text(part: Message, found: _Found) -> str:
    content = _bytes(part)
    read = content[: found.left]
    found.left -= len(read)
    found.cut |= len(read) < len(content)
    return decode(read, _parameter(part, "charset"))


def _parameter(part: Message, name: str) -> str:
    try:
        value = part.get_param(name, "")
    except (ValueError, LookupError, TypeError):
        return ""
    return value[2] if isinstance(value, tuple) else str(value or "")


def _flowed(part: Message, found: _Found) -> str:
    text = _text(part, found).replace("\r\n", "\n")
    if _parameter(part, "format").lower() != "flowed":
        return text
    return joined(text, delsp=_parameter(part, "delsp").lower() == "yes")
