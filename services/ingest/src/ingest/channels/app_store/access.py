"""Who asks, and for what."""

from datetime import datetime
from typing import Final
from urllib.parse import quote

from ingest.handlers.ports import MediaAccount
from runtime.errors import Failure
from runtime.shop_access import app_store_token

PAGE: Final = 200


def prove(account: MediaAccount, now: datetime) -> str:
    options = account.options
    return app_store_token(account.secrets.get("private_key"), options.get("issuer_id"), options.get("key_id"), now)


def first_page(account: MediaAccount) -> str:
    if not account.external_id:
        raise Failure("the account has no external_id: the app's Apple id")
    app = quote(account.external_id, safe="")
    return f"/v1/apps/{app}/customerReviews?sort=-createdDate&limit={PAGE}&include=response"
