"""The one-use address for a later answer: a minute long, of Kakao's own host. Source: Kakao, "AI chatbot callback guide"."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from ingest.domain.shape import Json, optional_part, text

LIFE: Final = timedelta(seconds=55)
"""Kakao grants a minute from its own request; the rest is for both ways."""


def callback_of(body: Json) -> str | None:
    """Another host would be handed the words of an agent."""
    url = text(optional_part(body, "userRequest"), "callbackUrl")
    if url is None or len(url) > 2_048:
        return None
    try:
        place = urlsplit(url)
        host = place.hostname or ""
    except ValueError:
        return None
    return url if place.scheme == "https" and (host == "kakao.com" or host.endswith(".kakao.com")) else None
