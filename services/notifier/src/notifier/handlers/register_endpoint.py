"""What an integrator does with an endpoint of their own: register, change, give it a new secret, remove."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final
from uuid import UUID

from contracts.subscribable import names_of
from notifier.domain.endpoint import renewed
from notifier.domain.registration import MOST_SECRETS, Registration, SigningSecret, TooManySecrets, rotated
from notifier.handlers.platform_ports import PlatformLog
from notifier.handlers.registry_ports import Registry, Sealing, place_of
from runtime.errors import Refused
from runtime.ports import Emitter

MOST_ENDPOINTS: Final = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """None: left as it is."""

    url: str | None = field(default=None, repr=False)
    events: tuple[str, ...] | None = None
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Books:
    """What a command on a registered endpoint writes in, all of one transaction."""

    registry: Registry
    log: PlatformLog
    sealing: Sealing
    work: Emitter
    new_secret: Callable[[], str]


async def register_endpoint(id: UUID, by: str, asked: Asked, books: Books) -> Registration:
    """It hears of what happens from now on. Whoever numbers the tenant's events waits meanwhile, so that none is between."""
    tenant, now = books.work.tenant, books.work.now
    events = _known(asked.events or ())
    await books.log.hold(tenant)
    if await books.registry.count(tenant) >= MOST_ENDPOINTS:
        raise Refused("endpoint_limit", f"A tenant has at most {MOST_ENDPOINTS} registered endpoints.")
    registration = Registration(
        id=id,
        url=asked.url or "",
        events=events,
        description=asked.description or "",
        secrets=(SigningSecret(books.sealing.seal(books.new_secret(), place_of(tenant, id)), now),),
        created_by=by,
        created_at=now,
    )
    await books.registry.add(tenant, registration)
    await books.log.ensure(tenant, [str(id)])
    return registration


async def change_registration(registration: Registration, asked: Asked, books: Books) -> Registration:
    """A turn under way is lost, and what it sent may be sent again; another URL is tried at once, by a fresh schedule."""
    changed = replace(
        registration,
        url=registration.url if asked.url is None else asked.url,
        events=registration.events if asked.events is None else _known(asked.events),
        description=registration.description if asked.description is None else asked.description,
        revision=registration.revision + 1,
    )
    tenant = books.work.tenant
    await books.registry.save(tenant, changed)
    endpoint = await books.log.endpoint(tenant, str(changed.id), lock=True)
    if endpoint is not None:
        is_new = changed.url != registration.url
        await books.log.put(tenant, renewed(endpoint, books.work.now) if is_new else endpoint)
    return changed


async def rotate_secret(registration: Registration, overlap: timedelta, books: Books) -> Registration:
    """Both secrets sign until the overlap is over."""
    tenant = books.work.tenant
    sealed = books.sealing.seal(books.new_secret(), place_of(tenant, registration.id))
    try:
        changed = rotated(registration, sealed, overlap, books.work.now)
    except TooManySecrets:
        sentence = f"{MOST_SECRETS} secrets are live; wait for the first to end, or end them all by an overlap of PT0S."
        raise Refused("too_many_secrets", sentence, pointer="/overlap") from None
    await books.registry.save(tenant, changed)
    return changed


async def remove_endpoint(registration: Registration, books: Books) -> None:
    """What is under way may still arrive; its deliveries are forgotten."""
    await books.registry.remove(books.work.tenant, registration.id)
    await books.log.forget(books.work.tenant, str(registration.id))


def _known(events: Sequence[str]) -> tuple[str, ...]:
    for place, word in enumerate(events):
        if not names_of(word):
            sentence = f"'{word}' is neither an event nor a topic that can be subscribed to; see /v1/webhook-events."
            raise Refused("unknown_event", sentence, status=422, pointer=f"/events/{place}")
    return tuple(dict.fromkeys(events))
