"""A session: who the visitor is, for one account, from one origin, for a while. All of it is in the token; nothing is stored."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.values import Address, AddressKind, Contact
from ingest.channels.webchat.sealed import seal, unseal
from runtime.errors import Refused

RENEWABLE_FOR: Final = timedelta(days=30)
_PURPOSE: Final = "session"


@dataclass(frozen=True, slots=True)
class Visitor:
    """`id` is `anon:…` or `user:` and the host site's id. `email` and `phone` are only what the host site signed."""

    id: str
    name: str | None = None
    language: str | None = None
    email: str | None = None
    phone: str | None = None

    @property
    def contact(self) -> Contact:
        known = ((AddressKind.EMAIL, self.email), (AddressKind.PHONE, self.phone))
        return Contact(
            address=Address(kind=AddressKind.VISITOR, value=self.id),
            alternates=tuple(Address(kind=kind, value=value) for kind, value in known if value),
            display_name=self.name,
            language=self.language,
        )


@dataclass(frozen=True, slots=True)
class Session:
    """`origin` is "" for an app."""

    id: str
    account: str
    visitor: Visitor
    origin: str
    expires_at: datetime


def write_session(session: Session, secret: str) -> str:
    who = {name: value for name, value in asdict(session.visitor).items() if value is not None}
    value = {"s": session.id, "a": session.account, "o": session.origin, "e": int(session.expires_at.timestamp())}
    return seal(_PURPOSE, value | {"v": who}, secret)


def read_session(
    token: str, account: str, secrets: Sequence[str], now: datetime, *, grace: timedelta = timedelta(0)
) -> Session:
    """Raises Refused 401. `grace`: how long after its end it still says who somebody is."""
    value = unseal(_PURPOSE, token, secrets)
    if value is None or value.get("a") != account:
        raise Refused("session_invalid", "The session token is not one of ours for this account.", status=401)
    expires_at = datetime.fromtimestamp(value["e"], UTC)
    if now >= expires_at + grace:
        raise Refused("session_expired", "The session has ended; start or renew one.", status=401)
    return Session(value["s"], account, Visitor(**value["v"]), value["o"], expires_at)
