"""App Store reviews, asked for. Secret: `private_key` (the .p8 file). `external_id`: the app's Apple id. Options: `issuer_id`, `key_id`.

App Store Connect API, "List all customer reviews for an app"; 3,600 requests an hour and key.
"""

from datetime import timedelta
from typing import Final

from ingest.channels.app_store.access import first_page, prove
from ingest.channels.app_store.parse import read
from ingest.handlers.review_shop import ReviewShop

APP_STORE: Final = ReviewShop(
    name="app_store",
    api_url="https://api.appstoreconnect.apple.com",
    secret="private_key",  # noqa: S106  # a name
    every=timedelta(minutes=5),
    pages=10,
    prove=prove,
    first_page=first_page,
    read=read,
    receipts=("delivered",),
)
