"""One account's chat door: who may come from where, and what its secrets and options say."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from contracts.config import ChannelAccount, TenantConfig
from ingest.channels.webchat import FILE_MIB
from ingest.channels.webchat.parse import CHANNEL
from ingest.channels.webchat.session import Session, read_session
from ingest.entrypoints.limits import Limits
from ingest.entrypoints.webchat_hub import Hub
from ingest.handlers.reception import Reception, no_such_account
from runtime.errors import Refused
from runtime.ports import Ids

_MIB: Final = 1024 * 1024
_MAX_MIB: Final = 50


@dataclass(frozen=True, slots=True)
class Chat:
    """What every door needs. `address_header`: where the operator's proxy tells the caller's address; "" = nowhere."""

    reception: Reception
    hub: Hub
    limits: Limits
    ids: Ids
    address_header: str = ""

    def door(self, account_id: str) -> "Door":
        """Raises Refused 404."""
        found = self.reception.accounts.account(account_id)
        if found is None or found[1].channel != CHANNEL or not found[1].enabled:
            raise no_such_account()
        return Door(self.reception, *found)


@dataclass(frozen=True, slots=True)
class Door:
    reception: Reception
    tenant: TenantConfig
    account: ChannelAccount

    @property
    def options(self) -> Mapping[str, str]:
        return self.account.options

    @property
    def session_life(self) -> timedelta:
        return timedelta(minutes=whole(self.options.get("session_minutes"), default=60, most=24 * 60))

    @property
    def max_file_bytes(self) -> int:
        return whole(self.options.get("max_file_mib"), default=FILE_MIB, most=_MAX_MIB) * _MIB

    def secrets(self, name: str) -> tuple[str, ...]:
        """Live values, the newer first; none where the account has no such secret. Raises DependencyDown."""
        if name not in self.account.secrets:
            return ()
        return self.reception.secrets.live(self.tenant, self.account, name)

    def session_secrets(self) -> tuple[str, ...]:
        return self.reception.secrets.live(self.tenant, self.account, "session_secret")

    def check_origin(self, origin: str | None) -> str:
        """The origin of this account's pages, "" for an app. Raises Refused 403."""
        if origin is None:
            if self.options.get("native") == "allowed":
                return ""
        elif origin.lower() in self.options.get("origins", "").lower().split():
            return origin.lower()
        raise Refused("origin_not_allowed", "This account's chat may not be used from there.", status=403)

    def session(self, token: str, origin: str | None) -> Session:
        """Raises Refused: 401 without a live session, 403 from another origin than it was made for."""
        now = self.reception.clock.now()
        session = read_session(token, self.account.id, self.session_secrets(), now)
        if origin is not None and self.check_origin(origin) != session.origin:
            raise Refused("origin_not_allowed", "The session was made for another origin.", status=403)
        return session


def whole(text: str | None, *, default: int, most: int) -> int:
    """A count that an account's option says, `default` where it says none."""
    if text is None or not (text.isascii() and text.isdigit()) or int(text) < 1:
        return default
    return min(int(text), most)
