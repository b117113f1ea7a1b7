"""Google Play's reviews, asked for. Secret: `service_account` (the JSON of its key). `external_id`: the package name.

Google Play Developer API v3, "Reviews": production reviews with text, written or changed in the last week; 200 requests an hour.
"""

from datetime import timedelta
from typing import Final

from ingest.channels.google_play.access import first_page, prove
from ingest.channels.google_play.parse import read
from ingest.handlers.review_shop import ReviewShop

GOOGLE_PLAY: Final = ReviewShop(
    name="google_play",
    api_url="https://androidpublisher.googleapis.com",
    secret="service_account",  # noqa: S106  # a name
    every=timedelta(minutes=5),
    pages=10,
    prove=prove,
    first_page=first_page,
    read=read,
    token_url="https://oauth2.googleapis.com",  # noqa: S106  # an address
)
