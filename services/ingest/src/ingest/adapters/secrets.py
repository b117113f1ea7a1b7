"""Secrets of channel accounts, resolved once per revision of the tenant's configuration."""

from collections.abc import Callable, Iterator

from pydantic import SecretStr

from contracts.config import ChannelAccount, TenantConfig
from runtime import logging
from runtime.errors import DependencyDown, Failure

_log = logging.get("ingest.secrets")


class CachedSecrets:
    """While one of two secrets can't be read the other still opens the door; nothing is cached until both can."""

    def __init__(self, resolve: Callable[[str], SecretStr]) -> None:
        self._resolve = resolve
        self._held: dict[tuple[str, str, str], tuple[int, tuple[str, ...]]] = {}

    def live(self, tenant: TenantConfig, account: ChannelAccount, name: str) -> tuple[str, ...]:
        key = (tenant.tenant, account.id, name)
        held = self._held.get(key)
        if held is not None and held[0] == tenant.revision:
            return held[1]
        references = account.secrets.get(name, ())
        values = tuple(self._readable(references, account))
        if not values:
            _log.error("an account has no usable secret", extra={"account": account.id, "kind": name})
            raise DependencyDown("this account can't verify webhooks now")
        if len(values) == len(references):
            self._held[key] = (tenant.revision, values)
        return values

    def _readable(self, references: tuple[str, ...], account: ChannelAccount) -> Iterator[str]:
        for reference in references:
            try:
                value = self._resolve(reference).get_secret_value()
            except Failure as failure:
                _log.error(
                    "a secret can't be read", extra={"account": account.id, "sentence": failure.sentence}
                )  # no frames
                continue
            if value:
                yield value
