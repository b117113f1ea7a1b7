"""Answers to reviews: plain words, in one piece, because a second answer replaces the first."""

from contracts.values import Content, ContentKind
from notifier.channels.words import as_words, unsupported
from notifier.domain.outcome import Outcome, permanent


def review_words(shop: str, content: Content, limit: int) -> str | Outcome:
    words = as_words(content) if content.kind is ContentKind.TEXT else None
    if words is None:
        return unsupported(shop, content)
    if len(words) > limit:
        return permanent(
            "text_too_long", f"an answer on {shop} has at most {limit} characters; this one has {len(words)}"
        )
    return words
