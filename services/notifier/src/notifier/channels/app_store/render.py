"""An answer to a review. Source: App Store Connect API, "Create or update a response to a customer review"."""

from typing import Final

from contracts.values import AddressKind
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json, json_headers
from notifier.channels.review_words import review_words
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Kind, Outcome
from runtime.errors import Failure
from runtime.shop_access import app_store_token

TEXT_LIMIT: Final = 5970


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    try:
        options = sender.options
        token = app_store_token(
            sender.secret("private_key"), options.get("issuer_id"), options.get("key_id"), message.now
        )
    except Failure as failure:
        return broken(f"the App Store account '{sender.id}': {failure.sentence}")
    if message.address.kind is not AddressKind.APP_REVIEW:
        return Outcome(Kind.RECIPIENT_GONE, f"the App Store can't address a {message.address.kind}")
    words = review_words("the App Store", message.content, TEXT_LIMIT)
    if isinstance(words, Outcome):
        return words
    answer = {
        "type": "customerReviewResponses",
        "attributes": {"responseBody": words},
        "relationships": {"review": {"data": {"type": "customerReviews", "id": message.address.value}}},
    }
    body = encode_json({"data": answer})
    return (ProviderRequest("/v1/customerReviewResponses", message.method, Repeat.SAFE, json_headers(token), body),)
