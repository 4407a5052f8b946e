"""What the scores mean for decisions, in the measures of the trade that the scenario belongs to."""

from collections.abc import Callable

from dashboard.views.decisions import alarms_panel, lending_panel, screening_panel
from scenarios.demo.precomputed import DemoTask
from scenarios.episode import Draw
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario

Panel = Callable[[Scenario, StudyResults, Draw, DemoTask | None], None]
PANELS: dict[str, Panel] = {
    "screening": screening_panel.show,
    "lending": lending_panel.show,
    "alarms": alarms_panel.show,
}


def show(scenario: Scenario, study: StudyResults, draw: Draw, shown: DemoTask | None) -> None:
    """For a scenario whose trade has a panel."""
    PANELS[scenario.decision](scenario, study, draw, shown)
