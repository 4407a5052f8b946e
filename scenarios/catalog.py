"""Every scenario there is: each folder beside this file that has a `scenario.py` with a SCENARIO in it."""

from scenarios.discovery import discover
from scenarios.errors import UserError
from scenarios.scenario import Scenario
from scenarios.text import Text

SCENARIOS: dict[str, Scenario] = dict(  # applications first
    sorted(discover("scenarios", "scenario", Scenario).items(), key=lambda item: item[1].regression)
)


def scenario_named(name: str) -> Scenario:
    """Return a scenario by its name.

    Raises
    ------
    UserError
        If there is no scenario of that name.
    """
    if name not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        raise UserError(
            Text(
                en=f"Unknown scenario {name!r}. Available: {known}.",
                zh=f"没有名为 {name!r} 的场景。可选：{known}。",
            )
        )
    return SCENARIOS[name]
