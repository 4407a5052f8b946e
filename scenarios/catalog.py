"""Every scenario there is: each folder beside this file that has a `scenario.py` with a SCENARIO in it."""

from scenarios.discovery import discover
from scenarios.errors import UserError
from scenarios.scenario import DEFAULT_WORLD, Scenario
from scenarios.text import Text

SCENARIOS: dict[str, Scenario] = dict(  # applications first
    sorted(discover("scenarios", "scenario", Scenario).items(), key=lambda item: item[1].regression)
)


def scenario_named(name: str, world: str = "") -> Scenario:
    """Return a scenario by its name, with the tasks of one of its worlds.

    A world's scenario has a name of its own, "scenario.world".

    Raises
    ------
    UserError
        If there is no scenario, or no world, of that name.
    """
    if not world:
        name, _, world = name.partition(".")
        world = world or DEFAULT_WORLD
    if name not in SCENARIOS:
        known = ", ".join(SCENARIOS)
        raise UserError(
            Text(
                en=f"Unknown scenario {name!r}. Available: {known}.",
                zh=f"没有名为 {name!r} 的场景。可选：{known}。",
            )
        )
    scenario = SCENARIOS[name]
    if world not in scenario.world_names:
        text = Text(
            en="{name} has no world {world}. Available: {worlds}.",
            zh="{name} 没有名为 {world} 的任务分布（world）。可选：{worlds}。",
        )
        raise UserError(text.format(name=name, world=repr(world), worlds=", ".join(scenario.world_names)))
    return scenario.in_world(world)
