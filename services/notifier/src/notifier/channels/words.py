"""A message as words alone, for channels that have no other form for a part of it."""

from collections.abc import Iterable

from contracts.values import Attachment, Content, Location, QuickReply
from notifier.domain.outcome import UNSUPPORTED_CONTENT, Outcome, permanent
from notifier.domain.splitter import Measure, clusters, code_points


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


def as_buttons(
    replies: tuple[QuickReply, ...], most: int, payload_limit: int, measure: Measure = code_points
) -> tuple[QuickReply, ...]:
    """All of them or none: where there are more than the provider shows, or a payload that it would cut, they are lines."""
    fit = len(replies) <= most and all(measure(payload_of(one)) <= payload_limit for one in replies)
    return replies if fit else ()


def cut(label: str, limit: int, measure: Measure = code_points) -> str:
    """For buttons: providers refuse what is longer. No character is cut in two."""
    return label if measure(label) <= limit else "".join(_fitting(clusters(label), limit - 1, measure)) + "…"


def _fitting(characters: Iterable[str], limit: int, measure: Measure) -> Iterable[str]:
    used = 0
    for character in characters:
        used += measure(character)
        if used > limit:
            return
        yield character


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
