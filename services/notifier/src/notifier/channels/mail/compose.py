"""A message of ours as a mail: who, to whom, in which thread, in words and in HTML. The providers' requests are made from it."""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from contracts.values import Attachment, AuthorKind, Content, ContentKind
from notifier.channels.carried import CarriedFile, carried, one_line
from notifier.channels.mail.reply_token import with_token
from notifier.channels.provider import Outgoing, Sender, broken
from notifier.domain.outcome import UNSUPPORTED_CONTENT, Kind, Outcome, permanent

MAIL_SECRETS: Final = frozenset({"reply_secret"})
MAX_SUBJECT_CHARS: Final = 250
_ID: Final = re.compile(r"<[^<>\s]{1,510}>")
_ADDRESS: Final = re.compile(r"[^@\s<>,;:\"]{1,64}@[^@\s<>,;:\"]{1,255}")
_ANSWERED: Final = re.compile(r"^\s*(?:re|aw|sv|antw|回复|答复|回覆|返信|답장)\s*(?:\[\d+\])?\s*[:：]", re.IGNORECASE)
_LINK: Final = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]、。」）]")
_NO_SUBJECT: Final = {
    "ja": "お問い合わせの件",
    "zh": "关于您的咨询",
    "ko": "문의하신 건",
    "th": "เรื่องที่ท่านสอบถาม",
    "de": "Ihre Anfrage",
    "fr": "Votre demande",
    "es": "Su consulta",
}
_MEDIA: Final = (ContentKind.IMAGE, ContentKind.VIDEO, ContentKind.AUDIO, ContentKind.FILE)


@dataclass(frozen=True, slots=True)
class Mail:
    """`message_id` is the same in every attempt. `automatic`: a machine says it, and no machine should answer."""

    sender: str
    sender_name: str
    recipient: str = field(repr=False)
    reply_to: str | None
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    message_id: str
    in_reply_to: str | None
    references: tuple[str, ...]
    automatic: bool
    key: UUID
    files: tuple[CarriedFile, ...] = ()

    @property
    def mailbox(self) -> str:
        """Name and address as an API's `from` wants them, in UTF-8."""
        quoted = self.sender_name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{self.sender}>' if quoted else self.sender

    def headers(self) -> dict[str, str]:
        """Those that have no place of their own in providers' APIs."""
        machine = "auto-replied" if self.in_reply_to else "auto-generated"
        found = {
            "In-Reply-To": self.in_reply_to or "",
            "References": " ".join(self.references),
            "Auto-Submitted": machine if self.automatic else "",
            "X-Auto-Response-Suppress": "All" if self.automatic else "",
        }
        return {name: value for name, value in found.items() if value}


def compose(message: Outgoing, sender: Sender) -> Mail | Outcome:
    """Options of the account: `from`, `addresses` (more of ours, by commas), `from_name`, `reply_address`; else its external_id."""
    mailbox = _mailbox(message, sender)
    if mailbox is None:
        return broken(f"the mail account '{sender.id}' names no address (external_id or the option 'from')")
    if not message.address.value.isascii() or _ADDRESS.fullmatch(message.address.value) is None:
        return Outcome(Kind.RECIPIENT_GONE, "this address can't be written to by mail")
    words = _words(message)
    if words is None:
        return permanent(UNSUPPORTED_CONTENT, f"a mail can't carry a message of kind {message.content.kind}")
    known = _ID.findall(message.thread.get("references", ""))
    answered = next(iter(_ID.findall(message.thread.get("message_id", ""))), None)
    return Mail(
        sender=mailbox,
        sender_name=one_line(sender.options.get("from_name", "")),
        recipient=message.address.value,
        reply_to=_reply_to(message, sender, mailbox),
        subject=_subject(message),
        text=words,
        html=message.content.html or as_html(words),
        message_id=f"<{message.key}@{mailbox.rpartition('@')[2]}>",
        in_reply_to=answered,
        references=tuple(dict.fromkeys([*known, *([answered] if answered else [])])),
        automatic=message.author.kind in (AuthorKind.SYSTEM, AuthorKind.BOT),
        key=message.key,
        files=tuple(_files(message)),
    )


def _mailbox(message: Outgoing, sender: Sender) -> str | None:
    """The one that the customer wrote to, if it is ours."""
    own = sender.options.get("from") or sender.external_id or ""
    also = {one.strip().lower() for one in sender.options.get("addresses", "").split(",")}
    asked = message.thread.get("mailbox", "").lower()
    chosen = asked if asked and asked in also else own
    return chosen if _ADDRESS.fullmatch(chosen) else None


def _reply_to(message: Outgoing, sender: Sender, mailbox: str) -> str | None:
    address = sender.options.get("reply_address") or mailbox
    secret = sender.secret("reply_secret")
    if secret is not None:
        return with_token(address, message.case_id, secret)
    return address if address != mailbox else None


def _subject(message: Outgoing) -> str:
    """What the customer wrote about, answered once; a subject that the agent gave wins where there is no thread."""
    asked = one_line(message.thread.get("subject", ""))
    given = one_line(message.content.subject or "")
    if asked:
        return (asked if _ANSWERED.match(asked) else f"Re: {asked}")[:MAX_SUBJECT_CHARS]
    return (given or _NO_SUBJECT.get(message.language.partition("-")[0], "Your enquiry"))[:MAX_SUBJECT_CHARS]


def _words(message: Outgoing) -> str | None:
    pieces = list(_pieces(message.content, message.files))
    if not pieces:
        pieces = [file.name for file in _files(message)]
    return "\n\n".join(pieces) if pieces and all(pieces) else None


def _pieces(content: Content, attached: Mapping[str, bytes]) -> Iterator[str]:
    """An empty piece: something that a mail can't carry."""
    if content.text:
        yield content.text
    if content.kind is ContentKind.LOCATION and content.location is not None:
        place = content.location
        yield "\n".join(filter(None, (place.title, place.address, f"{place.latitude:.6f}, {place.longitude:.6f}")))
    if content.kind not in (ContentKind.TEXT, ContentKind.TEMPLATE, ContentKind.LOCATION, *_MEDIA):
        yield ""
    for file in content.attachments:
        if file.object_key not in attached:
            yield _linked(file)
    if content.quick_replies:
        yield "\n".join(f"- {one.label}" for one in content.quick_replies)


def _files(message: Outgoing) -> Iterator[CarriedFile]:
    for number, one in enumerate(message.content.attachments, 1):
        file = carried(one, number, message.files)
        if file is not None:
            yield file


def _linked(file: Attachment) -> str:
    if file.url is None or not file.url.startswith("https://"):
        return ""
    return f"{file.file_name}\n{file.url}" if file.file_name else file.url


def as_html(text: str) -> str:
    """Every mail program shows it as the text is; links can be pressed."""
    lines = "<br>\n".join(_linking(line) for line in text.split("\n"))
    return f'<div style="font-family:sans-serif">{lines}</div>'


def _linking(line: str) -> str:
    out, at = "", 0
    for link in _LINK.finditer(line):
        url = html.escape(link[0])
        out += f'{html.escape(line[at : link.start()])}<a href="{url}">{url}</a>'
        at = link.end()
    return out + html.escape(line[at:])
