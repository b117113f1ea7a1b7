"""A contact centre by script: everything that routing.md promises and that can be seen from outside."""

import pytest
from centre import bad_input, bots, capacity, clocks, offers, overflow, pauses, promises, reload, skills, sticky, waits
from centre.stage import Scenario, Stage

SCENARIOS = (
    *skills.SCENARIOS,
    *offers.SCENARIOS,
    *sticky.SCENARIOS,
    *overflow.SCENARIOS,
    *capacity.SCENARIOS,
    *clocks.SCENARIOS,
    *pauses.SCENARIOS,
    *promises.SCENARIOS,
    *reload.SCENARIOS,
    *waits.SCENARIOS,
    *bad_input.SCENARIOS,
    *bots.SCENARIOS,
)

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]


def name_of(scenario: Scenario) -> str:
    return f"{scenario.__module__.rpartition('.')[2]}-{scenario.__name__}"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=name_of)
def test_scenario(stage: Stage, scenario: Scenario) -> None:
    stage.outcome(scenario)
