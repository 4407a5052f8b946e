"""The screen's part of a kind of decision: a value defined by a folder's `panel.py`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard import results, session, words
from dashboard.charts.style import named
from dashboard.permalink import View
from dashboard.views import facts, frame
from dashboard.views.section import Section
from scenarios.decisions.decision import Parameter
from scenarios.demo.precomputed import DemoTask
from scenarios.episode import Draw
from scenarios.evaluation.prevalence import Reliability
from scenarios.learners.registry import Rung
from scenarios.publication.results import CalibrationResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Language, Text

_VERDICT_RUNGS = {"no_local": Rung.NO_LOCAL_LABELS, "local": Rung.LOCAL, "borrowing": Rung.BORROWING}
_PREDICTED = Text(en="{name}, predicted", zh="{name}，预测")
_OBSERVED = Text(en="{name}, observed", zh="{name}，实际")
_SHARE = Text(en="{name}, proportion of predictions", zh="{name}，占预测的比例")
_BANDS = Text(
    en="Means over {tasks} {task}s; bands: 95% CIs over {task}s.",
    zh="{tasks} {a_task}的平均值；色带为跨{task}的 95% 置信区间。",
)
_NO_BANDS = Text(
    en="Means over {tasks} {task}s, without bands: CIs were not measured in this world.",
    zh="{tasks} {a_task}的平均值；这种任务分布没有测过置信区间，因此没有色带。",
)
_WIDTHS = Text(
    en="The widths of CIs were measured with {labels} (command: `calibration`). They are exact at the dots, "
    "because the worth of acting is linear in the proportions of each {task}'s predictions.",
    zh="置信区间的宽度在{labels}时测得（命令：`calibration`）；行动的价值是每{a_task}中预测占比的线性函数，因此在圆点处是精确的。",
)
_COUNTED = Text(en="{name}, predictions counted", zh="{name}，计入的预测数")


@dataclass(frozen=True)
class DecisionPanel:
    """The parts of a scenario's page and of the home page for one kind of decision.

    Parameters
    ----------
    name : str
        The name of its folder, here and under `scenarios/decisions`.
    audience : Text
        Its audience on the home page, and its benefit for them, in a sentence or two.
    show : callable
        Draws the page's tab about decisions.
    show_sample : callable or None
        Draws, below the examples, an analysis that needs no outcomes.
    decided : callable or None
        Returns each method's decision about one query example, with reasons: from the scenario, the draw, the answers,
        the example's number, its contributions to the log odds, and the language.
    advice : Text or None
        The adjective of advice that a page with synthetic data does not give: "medical".
    verdict : callable or None
        Returns the result in the profession's own units, for a number of labels and a value of the parameter; None if
        the page shall give the scores of its methods.
    headline : callable or None
        Writes the mean of the decision's headline measure for a value of the parameter, as the verdict does.
    headline_name : Text or None
        The name of the measure, before a list of methods.
    spread : callable or None
        Returns how the meta-learned figure of the verdict varies over tasks, of results that have it, for the same.
    parameter : Parameter or None
        The parameter on which the verdict depends, chosen above it.
    written : callable
        Writes a value of the parameter.
    labels_take : callable or None
        Returns the cost of a number of labelled examples of each class, in a sentence for each number of them,
        from the scenario and these numbers.
    facts : callable or None
        Returns further figures that lessons and exercises may name.
    player_note : Text or None
        A sentence or two below the chart that one plays.
    """

    name: str
    audience: Text
    show: Callable[[Scenario, StudyResults], None]
    show_sample: Callable[[Scenario, Draw], None] | None = None
    decided: Callable[[Scenario, Draw, DemoTask, int, Array, Language], Section] | None = None
    advice: Text | None = None
    verdict: Callable[[Scenario, StudyResults, int, int], Text] | None = None
    headline: Callable[[Array, int], str] | None = None
    headline_name: Text | None = None
    spread: Callable[[Scenario, StudyResults, int, int], Text | None] | None = None
    parameter: Parameter | None = None
    written: Callable[[int], str] = str
    labels_take: Callable[[Scenario, *tuple[int, ...]], Text] | None = None
    facts: Callable[[StudyResults], dict[str, str]] | None = None
    player_note: Text | None = None


def choose(parameter: Parameter, scenario: Scenario, format_func: Callable[[int], str] = str) -> int:
    """Draw the control of a parameter that only the tab needs, under the scenario's words for it; return its value."""
    frame.switch(parameter.name, facts.required(scenario.prose.lever), parameter.values, format_func)
    return chosen(parameter)


def slide(parameter: Parameter, label: Text, written: Callable[[int], str]) -> int:
    """Draw a slider for a parameter of many values that only the tab needs; return its value."""
    frame.slide(parameter.name, label, parameter.values, written)
    return chosen(parameter)


def draw_lever(panel: DecisionPanel, scenario: Scenario) -> None:
    """Draw the control of the decision's parameter, if it has one, under the scenario's words for it."""
    if panel.parameter:
        choose(panel.parameter, scenario, panel.written)


def chosen(parameter: Parameter, view: View | None = None) -> int:
    """Return the value of a decision's parameter, in the visit's view or another one."""
    return (view or session.view()).parameters[parameter.name]


def result(
    scenario: Scenario,
    study: StudyResults,
    panel: DecisionPanel | None,
    shots: int,
    language: Language,
    view: View | None = None,
) -> str:
    """Return a scenario's result in a sentence: in the profession's own units, if its decision has a verdict.

    `view` replaces that of the visit, if there is none.
    """
    if panel is None or panel.verdict is None:
        return facts.result(scenario, study, shots, language)
    value = chosen(panel.parameter, view) if panel.parameter else 0
    return words.spaced(panel.verdict(scenario, study, shots, value)[language])


def spread(scenario: Scenario, study: StudyResults, panel: DecisionPanel | None, view: View) -> str:
    """Return how the meta-learned figure of a scenario's result varies over tasks; "" if that is not known."""
    if panel is None or panel.spread is None:
        return ""
    said = panel.spread(scenario, study, view.shots, chosen(panel.parameter, view) if panel.parameter else 0)
    return words.spaced(said[view.lang]) if said else ""


def known_errors(study: StudyResults) -> CalibrationResults | None:
    """Return results with standard errors of means over the tasks of a study; None if there are none."""
    if study.scenario not in results.measured(CalibrationResults):
        return None
    found = results.calibration(study.scenario)
    is_known = found.protocol == study.protocol and all(part.below is not None for part in found.learners.values())
    return found if is_known else None


def bands_line(scenario: Scenario, study: StudyResults, *, is_known: bool) -> Text:
    """Return the line below a chart of the value of acting: number of tasks, and whether it has bands."""
    text = _BANDS if is_known else _NO_BANDS
    return text.format(tasks=study.tasks, task=scenario.prose.task, a_task=scenario.prose.a_task)


def widths(scenario: Scenario, found: CalibrationResults, shots: int) -> Text:
    """Return with how many labels the widths of the intervals at `shots` labels were measured."""
    labels = words.counted(found.metric, found.shots[found.nearest(shots)])
    return _WIDTHS.format(labels=labels, task=scenario.prose.task, a_task=scenario.prose.a_task)


def verdict(scenario: Scenario, shots: int, figures: Mapping[str, str | Text]) -> Text:
    """Return the scenario's result in the profession's own units, with its figures."""
    prose = scenario.prose
    labels = prose.label if shots == 1 else prose.labels
    return facts.required(prose.verdict).format(shots=shots, labels=labels, **figures)


def by_rung(study: StudyResults, shots: int, figures: Mapping[str, str]) -> dict[str, str]:
    """Return the figures that a verdict names: of learners by their ids, and of the best of their rungs."""
    best = {
        name: figures.get(study.best(rung, shots), "–") for name, rung in _VERDICT_RUNGS.items() if rung in study.rungs
    }
    return {**figures, **best}


def calibration_table(bins: Mapping[str, Reliability], language: Language, decision: str = "") -> pd.DataFrame:
    """Return each learner's bins as columns: predicted and observed shares, and how many predictions they hold."""
    columns = {
        heading.format(name=named(name, language, decision))[language]: pd.Series(values.round(4))
        for name, each in bins.items()
        for heading, values in zip((_PREDICTED, _OBSERVED, _SHARE, _COUNTED), each, strict=True)
    }
    return pd.DataFrame(columns)
