"""Every scenario there is: each folder beside this file that has a `scenario.py` with a SCENARIO in it."""

from importlib import import_module
from pathlib import Path

from scenarios.errors import ReaderError
from scenarios.scenario import Scenario
from scenarios.text import Text


def _discover() -> dict[str, Scenario]:
    found = {}
    for file in sorted(Path(__file__).parent.glob("*/scenario.py")):
        folder = file.parent.name
        module = import_module(f"scenarios.{folder}.scenario")
        scenario = getattr(module, "SCENARIO", None)
        if not isinstance(scenario, Scenario):
            raise TypeError(f"scenarios/{folder}/scenario.py must define SCENARIO = Scenario(...)")
        if scenario.name != folder:
            raise ValueError(f"scenarios/{folder}/scenario.py names its scenario {scenario.name!r}, not {folder!r}")
        found[folder] = scenario
    return dict(sorted(found.items(), key=lambda item: item[1].regression))  # applications first


SCENARIOS: dict[str, Scenario] = _discover()


def scenario_named(name: str) -> Scenario:
    """Return a scenario by its name.

    Raises
    ------
    ReaderError
        If there is no scenario of that name.
    """
    if name not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        raise ReaderError(
            Text(
                en=f"Unknown scenario {name!r}. Available: {known}.",
                zh=f"没有名为 {name!r} 的场景。可选：{known}。",
            )
        )
    return SCENARIOS[name]
