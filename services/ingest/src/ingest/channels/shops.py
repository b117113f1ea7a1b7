"""The shops whose reviews are asked for. One line each; a new shop adds its two."""

from typing import Final

from ingest.channels.app_store import APP_STORE
from ingest.channels.google_play import GOOGLE_PLAY
from ingest.handlers.review_shop import ReviewShop

_ALL: Final[tuple[ReviewShop, ...]] = (
    APP_STORE,
    GOOGLE_PLAY,
)
SHOPS: Final[dict[str, ReviewShop]] = {shop.name: shop for shop in _ALL}
