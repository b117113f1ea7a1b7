"""One mailbox over IMAP: what is new in it, marks, and the wait for more. Blocking: for a thread."""

import contextlib
import imaplib
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from imap_tools import AND, NOT, BaseMailBox, MailBox, MailboxLoginError, MailBoxStartTls, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError

from runtime.errors import DependencyDown

TAKEN: Final = "$MadoguchiTaken"
SEEN: Final = "\\Seen"
BATCH: Final = 50
TIMEOUT_SECONDS: Final = 30.0
IDLE_SECONDS: Final = 25 * 60.0
"""RFC 2177: a server may log off who idles for 30 minutes."""
_SLICE_SECONDS: Final = 1.0
"""For so long a wait notices nothing of our own end."""

_GONE: Final = (ImapToolsError, imaplib.IMAP4.error, OSError, EOFError)


@dataclass(frozen=True, slots=True)
class Mailbox:
    host: str
    port: int
    security: str
    username: str
    folder: str
    password: str = field(repr=False)


@contextmanager
def _open(place: Mailbox) -> Iterator[BaseMailBox]:
    """Raises DependencyDown."""
    try:
        box = _client(place)
        try:
            yield box.login(place.username, place.password, place.folder)
        finally:
            _leave(box)
    except MailboxLoginError as error:
        raise DependencyDown("the mailbox refuses our name or password") from error
    except _GONE as error:
        raise DependencyDown(f"the mailbox can't be reached: {type(error).__name__}") from error


def _leave(box: BaseMailBox) -> None:
    """After a refused login the connection would stay open."""
    with contextlib.suppress(*_GONE):
        box.logout()
    with contextlib.suppress(OSError):
        box.client.shutdown()


def _client(place: Mailbox) -> BaseMailBox:
    if place.security == "none":
        return MailBoxUnencrypted(place.host, place.port, TIMEOUT_SECONDS)
    context = ssl.create_default_context()
    if place.security == "starttls":
        return MailBoxStartTls(place.host, place.port, TIMEOUT_SECONDS, context)
    return MailBox(place.host, place.port, TIMEOUT_SECONDS, ssl_context=context)


def fetch(place: Mailbox) -> list[tuple[str, bytes]]:
    """The oldest that are not marked. BODY.PEEK[]: reading marks nothing."""
    with _open(place) as box:
        uids = _new(box)[:BATCH]
        return [(uid, source) for uid in uids if (source := _source(box, uid)) is not None]


def _new(box: BaseMailBox) -> list[str]:
    return box.uids(NOT(keyword=TAKEN) if _mark_of(box) == TAKEN else AND(seen=False))


def wait_for_news(place: Mailbox, stop: threading.Event) -> bool:
    """Until something is new, or for IDLE_SECONDS. False: the server has no IDLE."""
    with _open(place) as box:
        _, able = box.client.capability()
        if b"IDLE" not in b" ".join(able).upper().split():
            return False
        if _new(box):
            return True
        until = time.monotonic() + IDLE_SECONDS
        with box.idle as idle:
            while time.monotonic() < until and not stop.is_set():
                told = idle.poll(_SLICE_SECONDS)
                if any(b"EXISTS" in line for line in told):
                    break
                if any(b"BYE" in line for line in told):
                    raise DependencyDown("the mailbox sent us away")
        return True


def _source(box: BaseMailBox, uid: str) -> bytes | None:
    """None where somebody took it away meanwhile."""
    _, found = box.client.uid("fetch", uid, "(BODY.PEEK[])")
    return next((part[1] for part in found if isinstance(part, tuple) and isinstance(part[1], bytes)), None)


def mark(place: Mailbox, uids: list[str]) -> None:
    with _open(place) as box:
        box.flag(uids, _mark_of(box), True)


def _mark_of(box: BaseMailBox) -> str:
    """Keywords of our own are possible where the folder says `\\*`."""
    _, told = box.client.response("PERMANENTFLAGS")
    return TAKEN if any(one is not None and b"\\*" in one for one in told or ()) else SEEN
