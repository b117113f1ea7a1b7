"""The house that the whole script is played in."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from local_house import command, run_command

from centre.tenant import Tenant
from centre.tenant_file import tenant_file
from contracts.config import TenantConfig
from madoguchi.apply.publish import publish
from madoguchi.apply.source import load_tenant
from madoguchi.house.saved import House, running_house
from madoguchi.house.scene import set_scene
from madoguchi.house.secrets import load_secrets
from runtime.settings import KafkaSettings


@dataclass(frozen=True, slots=True)
class Centre:
    """`state` is the house's folder. Tenants of one run share nothing with those of another."""

    state: Path
    doors: House
    secrets: Mapping[str, str]
    http: httpx.AsyncClient
    folder: Path

    async def tenant(self, name: str, **parts: Any) -> Tenant:
        """A new tenant, its files applied as `madoguchi apply` does."""
        unique = f"{name}-{uuid4().hex[:6]}"
        tenant = Tenant(unique, self.doors, self.state, self.secrets, self.http)
        tenant.config = await self.apply(unique, **parts)
        await set_scene(tenant.config, self.doors, self.secrets)
        return tenant

    async def apply(self, tenant: str, **parts: Any) -> TenantConfig:
        folder = self.write_files(tenant, **parts)
        return await asyncio.to_thread(self._apply, folder)

    def write_files(self, tenant: str, **parts: Any) -> Path:
        folder = self.folder / tenant
        folder.mkdir(exist_ok=True)
        content = tenant_file(tenant, self.doors.url("sandbox"), **parts)
        (folder / "tenant.yaml").write_text(json.dumps(content, indent=1, ensure_ascii=False), encoding="utf-8")
        return folder

    async def refused_command(self, *arguments: str) -> str:
        """What `madoguchi` printed when it would not."""
        status, out, err = await run_command(self.state, *arguments)
        assert status == 1, (status, out, err)
        return out

    async def mend(self) -> None:
        """What an operator does: `madoguchi up` starts again what is missing."""
        await command(self.state, "up", "--json")

    def _apply(self, folder: Path) -> TenantConfig:
        bundle = load_tenant(folder, {})
        kafka = KafkaSettings(bootstrap=self.doors.kafka, idempotent=self.doors.idempotent)
        asyncio.run(publish(bundle, kafka))
        return bundle.config


@asynccontextmanager
async def open_centre(state: Path, folder: Path) -> AsyncIterator[Centre]:
    """In a house that runs."""
    limits = httpx.Limits(max_connections=60, max_keepalive_connections=30)
    async with httpx.AsyncClient(timeout=30, trust_env=False, limits=limits) as http:
        yield Centre(state, running_house(state), load_secrets(state), http, folder)
