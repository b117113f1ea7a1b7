"""A tenant's configuration as the running house holds it."""

from contracts.config import TenantConfig
from madoguchi.errors import Stop
from runtime.config_feed import open_config_feed
from runtime.settings import KafkaSettings


async def tenant_in_force(tenant: str, kafka: KafkaSettings) -> TenantConfig:
    async with open_config_feed(kafka) as feed:
        found = feed.tenant(tenant)
    if found is None:
        raise Stop(f"there is no tenant '{tenant}'; put one into force with `madoguchi apply`")
    return found
