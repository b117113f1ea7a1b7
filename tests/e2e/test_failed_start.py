"""A start that fails says why and leaves nothing behind."""

from pathlib import Path

import pytest
from processes import started_below

from madoguchi.errors import Stop, told_plainly
from madoguchi.house import services
from madoguchi.house.start import HouseOptions, HouseStart
from madoguchi.settings import SAMPLE
from madoguchi.settings_table import MODULES, PORTS
from madoguchi.stack import StackOptions, load_stack

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(120)]


def options(state: Path, tenant: Path = SAMPLE) -> HouseOptions:
    stack = StackOptions(state=state, cache=ROOT / ".madoguchi" / "cache", durable=False)
    return HouseOptions(stack, tenant, ports=dict.fromkeys(PORTS, 0))


async def test_one_service_that_dies_shows_its_log_and_stops_everything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "MODULES", dict(MODULES) | {"notifier": "notifier.nonesuch"})
    monkeypatch.setattr(services, "OWNERS", ("case-store", "router"))
    told: list[str] = []
    with pytest.raises(Stop) as failed, told_plainly():
        await HouseStart(options(tmp_path), told.append).start()
    assert "notifier ended with status 1 before it was ready" in failed.value.message
    assert "No module named notifier.nonesuch" in failed.value.message
    assert any(line.startswith(("kafka: ready", "tansu: ready")) for line in told)
    assert started_below(tmp_path) == []
    assert load_stack(tmp_path) is None


async def test_a_tenant_with_mistakes_stops_the_start_with_file_and_line(tmp_path: Path) -> None:
    tenant = tmp_path / "tenant"
    tenant.mkdir()
    (tenant / "a.yaml").write_text("tenant: acme\ndefault_queue: none\nqueues: [{id: some}]\n", encoding="utf-8")
    with pytest.raises(Stop) as failed, told_plainly():
        await HouseStart(options(tmp_path / "state", tenant), lambda line: None).start()
    assert f"{tenant}/a.yaml:2: default_queue: there is no queue 'none'" in failed.value.message
    assert started_below(tmp_path) == []
