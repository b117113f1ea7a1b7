"""One e-mail, whichever way it came: as MIME, or taken apart by a provider."""

from dataclasses import dataclass, field
from datetime import datetime

from ingest.domain.mail.headers import Headers


@dataclass(frozen=True, slots=True)
class File:
    """`content_id`: the picture's place in the HTML, without brackets. `url`: the provider keeps the bytes there for a while."""

    content: bytes = field(repr=False)
    mime: str
    name: str | None = None
    content_id: str | None = None
    inline: bool = False
    url: str | None = None
    size: int | None = None


@dataclass(frozen=True, slots=True)
class Letter:
    """`text` is whole, as the sender's program wrote it; `stripped` is what a provider thinks is new in it.

    `recipients` are those of the envelope where they are known, else of the headers. `cut`: something was too large or too much to
    be read; whoever has the source keeps it.
    """

    headers: Headers = field(repr=False)
    sender: str
    sender_name: str | None
    subject: str
    text: str = field(repr=False)
    html: str = field(default="", repr=False)
    stripped: str = field(default="", repr=False)
    files: tuple[File, ...] = ()
    message_id: str | None = None
    date: datetime | None = None
    recipients: tuple[str, ...] = ()
    cut: bool = False
