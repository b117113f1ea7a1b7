"""Tenant configurations that a test states."""

from contracts.config import TenantConfig
from runtime.config_feed import ConfigFeed


def fixed_config(*tenants: TenantConfig) -> ConfigFeed:
    """A feed that holds these, and takes more by `accept`."""
    feed = ConfigFeed()
    for tenant in tenants:
        feed.accept(tenant)
    return feed
