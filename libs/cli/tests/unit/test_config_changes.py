"""What an apply tells of its changes."""

from pathlib import Path

import pytest

from contracts.config import TenantConfig
from madoguchi.apply.diff import changes
from madoguchi.apply.mistakes import ConfigWrong
from madoguchi.apply.publish import in_comparison
from madoguchi.apply.source import load_tenant
from madoguchi.settings import SAMPLE


def sample() -> TenantConfig:
    return load_tenant(SAMPLE, {}).config


def test_the_same_configuration_has_no_changes_whatever_its_revision() -> None:
    config = sample()
    assert changes(config.model_copy(update={"revision": 7}), config) == []


def test_everything_is_new_at_first() -> None:
    told = [str(change) for change in changes(None, sample())]
    assert "+ queues refunds" in told
    assert "+ default_queue  general" in told
    assert all(line.startswith("+ ") for line in told)


def test_changed_gone_and_new_entities() -> None:
    config = sample()
    refunds = config.queues[0].model_copy(update={"priority": 7})
    after = config.model_copy(update={"queues": (refunds, *config.queues[2:]), "agents": ()})
    told = [str(change) for change in changes(config, after)]
    assert "~ queues refunds  priority: 2 -> 7" in told
    assert "- queues orders" in told
    assert "- agents aiko" in told


def test_the_order_of_rules_is_a_change() -> None:
    config = sample()
    after = config.model_copy(update={"rules": tuple(reversed(config.rules))})
    assert [str(change) for change in changes(config, after)] == ["~ rules  the order"]


def test_the_next_revision_and_none_when_nothing_differs() -> None:
    bundle = load_tenant(SAMPLE, {})
    held = bundle.config.model_copy(update={"revision": 4})
    assert in_comparison(bundle, [held]).revision == 4
    assert in_comparison(bundle, []).revision == 1
    other = held.model_copy(update={"language": "en"})
    assert in_comparison(bundle, [other]).revision == 5


def test_an_account_of_another_tenant_is_refused(tmp_path: Path) -> None:
    bundle = load_tenant(SAMPLE, {})
    stranger = bundle.config.model_copy(update={"tenant": "bravo"})
    with pytest.raises(ConfigWrong) as wrong:
        in_comparison(bundle, [stranger])
    first = wrong.value.mistakes[0]
    assert "the account 'acme-line' belongs to another tenant" in first.sentence
    assert Path(first.file).name == "channels.yaml"
    assert "acme-line" in Path(first.file).read_text(encoding="utf-8").splitlines()[first.line - 1]
