"""`python -m ingest reviews`: every app's reviews, every few minutes, one account after the other."""

import asyncio
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Final

from contracts.config import TenantConfig
from ingest.domain.shape import Unreadable
from ingest.entrypoints import metrics
from ingest.handlers.poll_reviews import ReviewDesk, poll_reviews
from ingest.handlers.review_shop import ReviewShop
from runtime import logging
from runtime.errors import Failure

_log: Final = logging.get("ingest.reviews")
LOOK_SECONDS: Final = 10.0
"""How often it is seen whose turn it is; a new account is asked within that."""


class ReviewLoop:
    def __init__(
        self, shops: Mapping[str, ReviewShop], tenants: Callable[[], Iterable[TenantConfig]], desk: ReviewDesk
    ) -> None:
        self._shops = shops
        self._tenants = tenants
        self._desk = desk
        self._due: dict[tuple[str, str], datetime] = {}

    async def run(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self) -> None:
        """Everyone whose turn it is. What fails for one account is tried again at its next turn, and holds up no other."""
        for tenant in self._tenants():
            for account in tenant.channel_accounts:
                shop = self._shops.get(account.channel)
                if shop is not None and account.enabled and self._is_due(tenant.tenant, account.id, shop.every):
                    await self._ask(shop, tenant, account.id)

    def _is_due(self, tenant: str, account: str, every: timedelta) -> bool:
        now, key = self._desk.clock.now(), (tenant, account)
        if now < self._due.get(key, now):
            return False
        self._due[key] = now + every
        return True

    async def _ask(self, shop: ReviewShop, tenant: TenantConfig, account_id: str) -> None:
        account = next(one for one in tenant.channel_accounts if one.id == account_id)
        try:
            told = await poll_reviews(shop, tenant, account, self._desk)
        except Failure as failure:
            self._failed(shop.name, account_id, failure.code, failure.sentence)
        except Unreadable as error:
            self._failed(shop.name, account_id, "unreadable_page", error.reason)
        else:
            metrics.POLLS.labels(shop.name, "accepted").inc()
            _log.debug("reviews asked for", extra={"account": account_id, "told": told})

    def _failed(self, channel: str, account: str, code: str, sentence: str) -> None:
        metrics.POLLS.labels(channel, code).inc()
        _log.error("reviews can't be had", extra={"account": account, "code": code, "sentence": sentence})
