"""One look at an app's reviews: what is new or changed since the last one becomes events.

Nothing is stored. A process that has just started knows no review, so it tells every one, as new and as changed: both have the same
ids as when they were told before, and whoever consumes them drops what it had. A change that changes nothing makes no entry there.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from contracts.config import ChannelAccount, TenantConfig
from ingest.domain.review import Page, ReviewVersion, event_key
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.review_shop import ReviewShop
from runtime.ports import Clock

MAX_KNOWN: Final = 50_000


class Pages(Protocol):
    async def page(
        self, shop: ReviewShop, tenant: TenantConfig, account: ChannelAccount, path: str | None
    ) -> tuple[str, bytes]:
        """The answer at a path below the shop's API, and that path; the first page when it is None. Raises Failure."""
        ...


class Known:
    """What this process has told, by account; the oldest is forgotten first, and told again."""

    def __init__(self) -> None:
        self._versions: dict[tuple[str, str, str], str] = {}
        self._told: dict[tuple[str, str, tuple[str, str]], None] = {}
        self._looked: set[tuple[str, str]] = set()

    def news(self, tenant: str, account: str, page: Page) -> Iterator[Draft]:
        for review in page.reviews:
            yield from self._of(tenant, account, review)
        beside = [draft for review in page.reviews for draft in review.beside]
        yield from (one for one in [*beside, *page.unread] if (tenant, account, event_key(one)) not in self._told)

    def _of(self, tenant: str, account: str, review: ReviewVersion) -> Iterator[Draft]:
        before = self._versions.get((tenant, account, review.review_id))
        if before == review.version:
            return
        if before is None:
            yield Draft(review.first)
        if before is not None or (tenant, account) not in self._looked:
            yield Draft(review.edit)

    def learn(self, tenant: str, account: str, page: Page) -> None:
        """Only what the broker holds."""
        for review in page.reviews:
            self._versions[tenant, account, review.review_id] = review.version
        beside = [draft for review in page.reviews for draft in review.beside]
        self._told |= dict.fromkeys((tenant, account, event_key(one)) for one in [*beside, *page.unread])
        while len(self._versions) > MAX_KNOWN:
            self._versions.pop(next(iter(self._versions)))
        while len(self._told) > MAX_KNOWN:
            self._told.pop(next(iter(self._told)))

    def looked(self, tenant: str, account: str) -> None:
        self._looked.add((tenant, account))


@dataclass(frozen=True, slots=True)
class ReviewDesk:
    pages: Pages
    known: Known
    publish: Callable[[str, list[Draft]], Awaitable[object]]
    clock: Clock


async def poll_reviews(shop: ReviewShop, tenant: TenantConfig, account: ChannelAccount, desk: ReviewDesk) -> int:
    """How many events were told. Raises Failure, or Unreadable for an answer that is no page; the next look begins anew."""
    told, path = 0, None
    for _ in range(shop.pages):
        path, body = await desk.pages.page(shop, tenant, account, path)
        page = shop.read(Webhook(tenant.tenant, account, {}, body, desk.clock.now(), "GET", path))
        drafts = list(desk.known.news(tenant.tenant, account.id, page))
        if drafts:
            await desk.publish(tenant.tenant, drafts)
        desk.known.learn(tenant.tenant, account.id, page)
        told, path = told + len(drafts), page.next
        if path is None:
            break
    desk.known.looked(tenant.tenant, account.id)
    return told
