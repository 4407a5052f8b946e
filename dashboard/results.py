"""The published results, shared by all visits, and read again when a file has changed."""

from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from scenarios.catalog import SCENARIOS
from scenarios.publication import results
from scenarios.publication.results import (
    BenchmarkResults,
    CalibrationResults,
    ChallengeResults,
    CurvatureResults,
    LeagueResults,
    OtherTasksResults,
    Results,
    RobustnessResults,
    SituationsResults,
    StudyResults,
    TripsResults,
    UnlabelledResults,
    WorldsResults,
)
from scenarios.scenario import DEFAULT_WORLD, Scenario

Kind = TypeVar("Kind", bound=Results)


def study(scenario_name: str) -> StudyResults:
    """Return the published figures of a scenario, which may be that of a world.

    Raises
    ------
    UserError
        If the file is missing, damaged or of another version; so do the functions below.
    """
    return _published(StudyResults, scenario_name)


def league(scenario_name: str) -> LeagueResults:
    return _published(LeagueResults, scenario_name)


def challenges(scenario_name: str) -> ChallengeResults:
    return _published(ChallengeResults, scenario_name)


def other_tasks(scenario_name: str) -> OtherTasksResults:
    return _published(OtherTasksResults, scenario_name)


def situations(scenario_name: str) -> SituationsResults:
    return _published(SituationsResults, scenario_name)


def calibration(scenario_name: str) -> CalibrationResults:
    return _published(CalibrationResults, scenario_name)


def trips(scenario_name: str) -> TripsResults:
    return _published(TripsResults, scenario_name)


def worlds(scenario_name: str) -> WorldsResults:
    return _published(WorldsResults, scenario_name)


def robustness(scenario_name: str) -> RobustnessResults:
    return _published(RobustnessResults, scenario_name)


def unlabelled(scenario_name: str) -> UnlabelledResults:
    return _published(UnlabelledResults, scenario_name)


def curvature(scenario_name: str) -> CurvatureResults:
    return _published(CurvatureResults, scenario_name)


def benchmark(scenario_name: str) -> BenchmarkResults:
    return _published(BenchmarkResults, scenario_name)


def offered_worlds(scenario: Scenario) -> list[str]:
    """Return the worlds of a scenario that a page can show: all that were measured, or the default one alone."""
    return [
        world
        for world in scenario.world_names
        if world == DEFAULT_WORLD or results.path_of(StudyResults, scenario.in_world(world).name).is_file()
    ]


def in_world(scenario: Scenario, world: str) -> Scenario:
    """Return a scenario in a world if a page can show that one, else as it is."""
    return scenario.in_world(world) if world in offered_worlds(scenario) else scenario


def measured(kind: type[Results]) -> list[str]:
    """Return the scenarios of which there are results of a kind, in the order of the catalog."""
    return [name for name in SCENARIOS if results.path_of(kind, name).is_file()]


def _published(kind: type[Kind], scenario_name: str) -> Kind:
    path = results.path_of(kind, scenario_name)
    found: Kind = _read(kind, scenario_name, path, _state(path))  # type: ignore[arg-type]  # a type can be hashed
    return found


def _state(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:  # reading the file reports the error
        return None
    return status.st_mtime_ns, status.st_size


# Not one of Streamlit's caches, which any visitor can have cleared: charts are kept by the results that they show, and
# each clearing would leave them another copy of these.
@lru_cache(maxsize=64)
def _read(
    kind: type[Kind],
    scenario_name: str,
    path: Path,  # noqa: ARG001  # of the cache's key, as is its state
    state: tuple[int, int] | None,  # noqa: ARG001
) -> Kind:
    return results.read(kind, scenario_name)
