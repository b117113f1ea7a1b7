"""An answer to a review. Source: Google Play Developer API v3, "Method: reviews.reply"."""

from typing import Final
from urllib.parse import quote

from contracts.values import AddressKind
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json, json_headers
from notifier.channels.review_words import review_words
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Kind, Outcome

TEXT_LIMIT: Final = 350


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    token, package = sender.secret("access_token"), sender.external_id
    if token is None or package is None:
        return broken(f"the Google Play account '{sender.id}' has no access token or no external_id")
    if message.address.kind is not AddressKind.APP_REVIEW:
        return Outcome(Kind.RECIPIENT_GONE, f"Google Play can't address a {message.address.kind}")
    words = review_words("Google Play", message.content, TEXT_LIMIT)
    if isinstance(words, Outcome):
        return words
    app, review = quote(package, safe=""), quote(message.address.value, safe="")
    url = f"/androidpublisher/v3/applications/{app}/reviews/{review}:reply"
    body = encode_json({"replyText": words})
    return (ProviderRequest(url, message.method, Repeat.SAFE, json_headers(token), body),)
