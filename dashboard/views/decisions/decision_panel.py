"""What the screen has of a kind of decision: a value that a folder's `panel.py` fills in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard import session
from dashboard.charts.style import named
from dashboard.views import facts, frame
from scenarios.decisions.decision import Parameter
from scenarios.demo.precomputed import DemoTask
from scenarios.episode import Draw
from scenarios.learners.registry import Rung
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Language, Text

_VERDICT_RUNGS = {"local": Rung.LOCAL, "borrowing": Rung.BORROWING}
_PREDICTED = Text(en="{name}, predicted", zh="{name}，预测")
_OBSERVED = Text(en="{name}, observed", zh="{name}，实际")


@dataclass(frozen=True)
class DecisionPanel:
    """What a scenario's page and the home page show of one kind of decision.

    Parameters
    ----------
    name : str
        The name of its folder, here and under `scenarios/decisions`.
    audience : Text
        For whom it is on the home page, and what they find, in a sentence or two.
    show : callable
        Draws the page's tab about decisions.
    show_reasons : callable or None
        Draws, below the examples, why they were decided as they were, if the scenario has reasons.
    player_note : Text or None
        A sentence or two below the chart that one plays.
    """

    name: str
    audience: Text
    show: Callable[[Scenario, StudyResults], None]
    show_reasons: Callable[[Scenario, Draw, DemoTask | None], None] | None = None
    player_note: Text | None = None


def choose(parameter: Parameter, scenario: Scenario, format_func: Callable[[int], str] = str) -> int:
    """Draw the control of a decision's parameter, under the scenario's words for it, and return its value."""
    frame.switch(parameter.name, facts.required(scenario.prose.lever), parameter.values, format_func)
    return chosen(parameter)


def chosen(parameter: Parameter) -> int:
    """Return the value of a decision's parameter."""
    return session.view().parameters[parameter.name]


def by_rung(study: StudyResults, shots: int, figures: Mapping[str, str]) -> dict[str, str]:
    """Return the figures that a verdict names: of learners by their ids, and of the best of their rungs."""
    best = {
        name: figures.get(study.best(rung, shots), "–") for name, rung in _VERDICT_RUNGS.items() if rung in study.rungs
    }
    return {**figures, **best}


def calibration_table(
    bins: Mapping[str, tuple[Array, ...]], language: Language, count: Text | None = None
) -> pd.DataFrame:
    """Return each learner's predicted and observed shares (bins,) as columns, and how many examples a bin has.

    `count` is the heading of that number, without which there is none.
    """
    headings = (_PREDICTED, _OBSERVED) if count is None else (_PREDICTED, _OBSERVED, count)
    columns = {
        heading.format(name=named(name, language))[language]: pd.Series(values.round(4))
        for name, columns_of_one in bins.items()
        for heading, values in zip(headings, columns_of_one, strict=True)
    }
    return pd.DataFrame(columns)
