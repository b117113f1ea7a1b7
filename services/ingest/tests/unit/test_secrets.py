"""Secrets are resolved once per revision of the configuration, and never while one is unreadable."""

import pytest
from pydantic import SecretStr

from contracts.config import ChannelAccount, TenantConfig
from ingest.adapters.secrets import CachedSecrets
from runtime.errors import DependencyDown, Failure


class Vault:
    def __init__(self, **values: str) -> None:
        self.values = values
        self.asked: list[str] = []

    def resolve(self, reference: str) -> SecretStr:
        self.asked.append(reference)
        try:
            return SecretStr(self.values[reference.removeprefix("env:")])
        except KeyError:
            raise Failure(f"secret {reference} is missing or empty") from None


ACCOUNT = ChannelAccount(id="a", channel="line", secrets={"channel_secret": ("env:NEW", "env:OLD")})


def test_a_revision_is_resolved_once_and_the_next_one_again(tenant: TenantConfig) -> None:
    vault = Vault(NEW="n", OLD="o")
    secrets = CachedSecrets(vault.resolve)
    for _ in range(3):
        assert secrets.live(tenant, ACCOUNT, "channel_secret") == ("n", "o")
    assert vault.asked == ["env:NEW", "env:OLD"]
    vault.values["NEW"] = "newer"
    assert secrets.live(tenant.model_copy(update={"revision": 2}), ACCOUNT, "channel_secret") == ("newer", "o")


def test_one_unreadable_secret_leaves_the_other_and_is_asked_for_again(tenant: TenantConfig) -> None:
    vault = Vault(OLD="o")
    secrets = CachedSecrets(vault.resolve)
    assert secrets.live(tenant, ACCOUNT, "channel_secret") == ("o",)
    vault.values["NEW"] = "n"
    assert secrets.live(tenant, ACCOUNT, "channel_secret") == ("n", "o")


@pytest.mark.parametrize("values", [{}, {"NEW": "", "OLD": ""}])
def test_an_empty_secret_opens_nothing(tenant: TenantConfig, values: dict[str, str]) -> None:
    with pytest.raises(DependencyDown):
        CachedSecrets(Vault(**values).resolve).live(tenant, ACCOUNT, "channel_secret")
