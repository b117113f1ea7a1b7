"""Content to messages and posts. Source: X API v2, "Create a DM message by participant id"; "Create Post"."""

from typing import Any, Final
from urllib.parse import quote

from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json, json_headers, part_key
from notifier.channels.words import as_words, unsupported
from notifier.channels.x.capability import CAPABILITY
from notifier.channels.x.oauth1 import Keys, authorization
from notifier.channels.x.weight import weight
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome
from notifier.domain.splitter import split

MESSAGE_LIMIT: Final = 10_000
POST_LIMIT: Final = 280


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    """A mention is answered where it was made, in public; everything else privately."""
    if sender.secret("access_token") is None:
        return broken(f"the X account '{sender.id}' has no secret 'access_token'")
    words = as_words(message.content)
    if words is None:
        return unsupported("X", message.content)
    post = message.thread.get("post")
    url = "/2/tweets" if post else f"/2/dm_conversations/with/{quote(_person(message), safe='')}/messages"
    pieces = split(words, POST_LIMIT, weight) if post else split(words, MESSAGE_LIMIT)
    answer = {"reply": {"in_reply_to_tweet_id": post}} if post else {}
    return tuple(_request(message, sender, url, part, {"text": piece} | answer) for part, piece in enumerate(pieces))


def _person(message: Outgoing) -> str:
    return message.thread.get("participant") or message.address.value


def _request(message: Outgoing, sender: Sender, url: str, part: int, body: dict[str, Any]) -> ProviderRequest:
    headers = json_headers(sender.secret("access_token") or "")
    keys = keys_of(sender)
    if keys is not None:
        # Never used twice: another attempt is made at another time.
        nonce = f"{part_key(message.key, part).hex}{int(message.now.timestamp() * 1_000_000):x}"
        headers["Authorization"] = authorization("POST", CAPABILITY.base_url + url, keys, nonce, message.now)
    return ProviderRequest(url, message.method, Repeat.NEVER, headers, encode_json(body))


def keys_of(sender: Sender) -> Keys | None:
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    found = [sender.secret(name) for name in names]
    given = [one for one in found if one is not None]
    return Keys(*given) if len(given) == len(names) else None
