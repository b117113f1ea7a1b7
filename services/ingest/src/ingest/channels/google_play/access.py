"""Who asks, and for what."""

from datetime import datetime
from typing import Final
from urllib.parse import quote

from ingest.handlers.ports import MediaAccount
from ingest.handlers.review_shop import TokenQuestion
from runtime.errors import Failure
from runtime.shop_access import play_token_form

PAGE: Final = 100


def prove(account: MediaAccount, now: datetime) -> TokenQuestion:
    return TokenQuestion("/token", play_token_form(account.secrets.get("service_account", ""), now))


def first_page(account: MediaAccount) -> str:
    if not account.external_id:
        raise Failure("the account has no external_id: the package name of the app")
    return f"/androidpublisher/v3/applications/{quote(account.external_id, safe='')}/reviews?maxResults={PAGE}"
