"""A message as words alone, for channels that have no other form for a part of it."""

from contracts.values import Attachment, Content, Location, QuickReply
from notifier.domain.outcome import UNSUPPORTED_CONTENT, Outcome, permanent


def public_url(file: Attachment) -> str | None:
    """Where the customer, or the provider for them, can fetch it."""
    return file.url if file.url is not None and file.url.startswith("https://") else None


def as_words(content: Content, *, files: bool = True, buttons: bool = True) -> str | None:
    """The text, the place, a link to each file, a line for each quick reply. None: a part of it can't be said in words."""
    lines = [content.text or "", _place(content.location) if content.location else ""]
    if files:
        links = [_link(file) for file in content.attachments]
        if None in links:
            return None
        lines += [link for link in links if link]
    if buttons:
        lines += [f"▸ {one.label}" for one in content.quick_replies]
    return "\n".join(line for line in lines if line) or None


def payload_of(reply: QuickReply) -> str:
    return reply.payload or reply.label


def unsupported(provider: str, content: Content) -> Outcome:
    return permanent(UNSUPPORTED_CONTENT, f"{provider} can't carry this message of kind {content.kind}")


def _link(file: Attachment) -> str | None:
    url = public_url(file)
    return f"{file.file_name}\n{url}" if url and file.file_name else url


def _place(place: Location) -> str:
    """With a link that every map opens."""
    named = [place.title, place.address]
    where = f"{place.latitude:.6f},{place.longitude:.6f}"
    return "\n".join([*filter(None, named), f"https://maps.google.com/?q={where}"])
