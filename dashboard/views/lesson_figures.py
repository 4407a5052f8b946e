"""The figures of the pages that a lesson's steps may show, by name.

Each is a page's own chart; before its answer is revealed, a chart without answers stands in its place.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import plotly.graph_objects as go

from dashboard import jobs, pages, results, words
from dashboard.charts import fits, lessons
from dashboard.charts.scores import scores_chart
from dashboard.charts.stage import HEIGHT, with_slider, without_answers
from dashboard.charts.style import COLOUR, named, sign
from dashboard.engine import Job
from dashboard.language import scored
from dashboard.permalink import View
from dashboard.presenting.lesson import Step, width
from dashboard.remote import demo_task, walks
from dashboard.views import challenge_findings, curve_page, fits_panel, five_steps_panel, points_panel
from dashboard.views import robustness_panel as robustness
from dashboard.views.pictures import (
    experience_figure,
    experience_learners,
    labels_section,
    novelty_curves,
    novelty_section,
)
from dashboard.views.section import Section
from scenarios.catalog import SCENARIOS
from scenarios.demo.precomputed import curve_grid, sample_demo_task
from scenarios.learners.registry import BAYES
from scenarios.lessons.five_steps import SHOWN, Practice, draw_lesson, extent, is_curve, true_curves
from scenarios.metrics import Metric
from scenarios.protocol import published_shots
from scenarios.publication.drafts import is_draft
from scenarios.publication.results import OtherTasksResults, RobustnessResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.text import Language, Text

_SCORES = Text(en="{metric} with {labels}: {scores}.", zh="{labels}时的{metric}：{scores}。")
_FAN = Text(
    en="From one learned initialisation, curves adapt to {shown} different tasks within a few steps.",
    zh="从同一个学到的起点出发，曲线在几步之内分别弯向 {shown} 个不同任务。",
)
_FAMILY = Text(en="One curve of the family among {others} others.", zh="任务族中的一条曲线，另有 {others} 条作背景。")
_COUNT = Text(en="{count} other tasks", zh="{count} 个其他任务")
_A_ROW = 96  # letters of 13 px in a row of a slider's words
_HIDDEN = Text(en="The chart stays hidden until the answer is revealed.", zh="揭晓答案之前，图表隐藏。")


@dataclass(frozen=True, eq=False)
class Picture:
    """A figure and its alt text."""

    figure: go.Figure
    alt: str

    @classmethod
    def of(cls, section: Section) -> "Picture":
        """Return the figure of a page's section."""
        return cls(section.figure, section.spoken())


Stops = list[tuple[float, str]]


@dataclass(frozen=True)
class LessonFigure:
    """A figure that steps of a lesson may show.

    Parameters
    ----------
    shown : callable
        Returns the picture from the scenario, the step's view and what `prepared` returned, or its answer.
    suits : callable
        Returns whether a scenario has the data for it.
    prepared : callable or None
        Returns the worker's result, or its job.
    asked : callable or None
        Returns the picture before the answer is revealed; by default empty axes.
    stops : callable or None
        Returns the places of a slider along the x axis, in its order, with the methods' scores at each in words.
    """

    shown: Callable[[Scenario, View, Any], Picture]
    suits: Callable[[Scenario], bool]
    prepared: Callable[[Scenario, View], Any] | None = None
    asked: Callable[[Scenario, View], Picture] | None = None
    stops: Callable[[Scenario, View], Stops] | None = None

    def slid(self, picture: Picture, scenario: Scenario, view: View) -> Picture:
        """Return a picture with its slider, if it has one."""
        return (
            replace(picture, figure=with_slider(picture.figure, self.stops(scenario, view))) if self.stops else picture
        )

    def hidden(self, scenario: Scenario, view: View) -> Picture:
        """Return the picture before the answer is revealed."""
        if self.asked:
            return self.asked(scenario, view)
        return Picture(without_answers(self.shown(scenario, view, None).figure), _HIDDEN[view.lang])


def scenario_of(step: Step) -> Scenario | None:
    """Return the scenario of a step: its page's own, or the one named in its URL."""
    if step.page == "how":
        families = {family.name: family for family in five_steps_panel.families()}
        return families.get(step.view.about) or next(iter(families.values()), None)
    return pages.PAGES[step.page].scenario or SCENARIOS.get(step.view.about)


def figure_of(step: Step) -> LessonFigure | None:
    """Return a step's figure; None if it has none, or its scenario lacks the results of the figure."""
    figure, scenario = FIGURES.get(step.figure), scenario_of(step)
    if figure is None or scenario is None or is_draft(scenario) or not figure.suits(scenario):
        return None
    return figure


def view_of(step: Step, scenario: Scenario, language: Language) -> View:
    """Return the view of a step in a language, at the nearest number of labels that is published."""
    offered = published_shots(scenario)
    return step.view.but(lang=language, shots=min(offered, key=lambda known: abs(known - step.view.shots)))


def _study(scenario: Scenario, view: View) -> StudyResults:
    return results.study(results.in_world(scenario, view.world).name)


def _labels(scenario: Scenario, view: View, _: None) -> Picture:
    return Picture.of(labels_section(_study(scenario, view), view.shots, view.lang, height=HEIGHT))


def _novelty(scenario: Scenario, view: View, _: None) -> Picture:
    return Picture.of(novelty_section(_study(scenario, view), view.lang, height=HEIGHT))


def _scores(scenario: Scenario, view: View, _: None) -> Picture:
    """Draw the best method of each rung."""
    study, language = _study(scenario, view), view.lang
    scores = {(name := study.best(rung, view.shots)): study.at(name, view.shots) for rung in study.rungs}
    means = [
        f"{named(name, language, study.decision)} {scored(score[0], study.metric, 1)}" for name, score in scores.items()
    ]
    labels, listed = words.counted(study.metric, view.shots), words.listed(means, language)
    return Picture(
        scores_chart(scores, metric=study.metric, language=language, decision=study.decision, height=HEIGHT),
        _SCORES.format(metric=study.metric.name, labels=labels, scores=listed)[language],
    )


def _other_tasks(scenario: Scenario, view: View, _: None) -> Picture:
    found = results.other_tasks(scenario.name)
    shots = min(found.shots, key=lambda measured: abs(measured - view.shots))
    return Picture(
        experience_figure(found, shots, found.best_simple(shots), view.lang),
        challenge_findings.experience_of(found, shots)[view.lang],
    )


def _has_other_tasks(scenario: Scenario) -> bool:
    return scenario.name in results.measured(OtherTasksResults)


def _perturbed(perturbation: str, scenario: Scenario, view: View, _: None) -> Picture:
    found = results.robustness(scenario.name)
    return Picture.of(robustness.perturbed_section(found, perturbation, view.lang))


def _is_perturbed(perturbation: str, scenario: Scenario) -> bool:
    measured = scenario.name in results.measured(RobustnessResults)
    return measured and perturbation in results.robustness(scenario.name).perturbations


def _novelty_stops(scenario: Scenario, view: View) -> Stops:
    study = _study(scenario, view)
    curves = {name: dict(zip(study.novelty.rho, map(float, curve[:, 0]), strict=True))
              for name, curve in novelty_curves(study).items()}  # fmt: skip
    return _stops([(rho, f"ρ = {rho:g}") for rho in study.novelty.rho], curves, study.metric, scenario, view.lang)


def _other_tasks_stops(scenario: Scenario, view: View) -> Stops:
    """Return the numbers of other tasks, from most to fewest, as places on a logarithmic axis."""
    found = results.other_tasks(scenario.name)
    shots = min(found.shots, key=lambda measured: abs(measured - view.shots))
    names = experience_learners(found, found.best_simple(shots))
    counts = sorted({count for name in names for count in found.learners[name].counts}, reverse=True)
    ticks = [(float(np.log10(count)), _COUNT.format(count=f"{count:,}")[view.lang]) for count in counts]
    curves = {}
    for name in names:
        read_off = {count: found.at(name, count, shots) for count in found.learners[name].counts}
        curves[name] = {
            float(np.log10(count)): float(score[0]) for count, score in read_off.items() if score is not None
        }
    for name, level in ((found.local_learner(shots), "local"), (BAYES, "bayes")):
        curves[name] = {place: float(found.level(level, shots)[0]) for place, _ in ticks}
    return _stops(ticks, curves, found.metric, scenario, view.lang)


def _perturbed_stops(perturbation: str, scenario: Scenario, view: View) -> Stops:
    found = results.robustness(scenario.name)
    score = found.perturbations[perturbation].score
    ticks = [(float(at), level) for at, level in enumerate(robustness.levels(found, perturbation, view.lang))]
    curves = {name: {float(at): float(mean) for at, mean in enumerate(score[name][:, 0])} for name in found.compared}
    return _stops(ticks, curves, found.metric, scenario, view.lang, robustness.called)


def _stops(
    ticks: Sequence[tuple[float, str]], curves: Mapping[str, Mapping[float, float]], metric: Metric,
    scenario: Scenario, language: Language, called: Callable[[str, Language, str], str] = named,
) -> Stops:  # fmt: skip
    """Return places with their names and the methods' scores in their colours, in as few rows as they need."""

    def words_at(place: float, tick: str) -> str:
        parts = [f"<b>{tick}</b>"]
        for name, curve in curves.items():
            score = scored(curve[place], metric, 1) if place in curve else "–"
            text = f"{sign(name)} {called(name, language, scenario.decision)} <b>{score}</b>"
            parts.append(f'<span style="color:{COLOUR[name]}">{text}</span>')
        rows: list[list[str]] = [[]]
        for part in parts:
            if rows[-1] and width(re.sub("<.*?>", "", "　".join([*rows[-1], part]))) > _A_ROW:
                rows.append([])
            rows[-1].append(part)
        return "<br>".join("　".join(row) for row in rows)

    return [(place, words_at(place, tick)) for place, tick in ticks]


def _curves(scenario: Scenario, view: View, shown: Any) -> Picture:
    task, draw = sample_demo_task(scenario, view.seed, view.draw, view.shots)
    study, truth = results.study(scenario.name), curve_page.truth_of(scenario, task, draw)
    frame = points_panel.frame_of(scenario, study)
    figure = fits.curves_chart(
        shown, curve_grid(scenario), draw.support, truth, frame, axes=_axes(scenario, view.lang), language=view.lang
    )
    return Picture(figure, fits_panel.section(scenario, study, draw, shown, truth, frame, view.lang).spoken())


def _dots(scenario: Scenario, view: View) -> Picture:
    _, draw = sample_demo_task(scenario, view.seed, view.draw, view.shots)
    frame = points_panel.frame_of(scenario, results.study(scenario.name))
    return Picture(
        fits.points_chart(draw.support, frame, axes=_axes(scenario, view.lang)), curve_page.POINTS_ALONE[view.lang]
    )


def _adapted(scenario: Scenario, view: View) -> Any:
    return jobs.prepared_or_ask(demo_task.adapt_to, scenario.name, view.seed, view.draw, view.shots, (), b"")


def _axes(scenario: Scenario, language: Language) -> tuple[str, str]:
    target = scenario.target or scenario.features[0]
    return scenario.features[0].label[language], target.label[language]


def _fan(scenario: Scenario, view: View, practice: Any) -> Picture:
    tasks, _ = draw_lesson(scenario, view.seed)
    curves, axes = true_curves(scenario, tasks, SHOWN), _axes(scenario, view.lang)
    figure = lessons.fan_chart(curves, practice, extent(scenario), axes, language=view.lang)
    return Picture(figure, _FAN.format(shown=SHOWN)[view.lang])


def _family(scenario: Scenario, view: View) -> Picture:
    tasks, _ = draw_lesson(scenario, view.seed)
    curves, axes = true_curves(scenario, tasks, SHOWN), _axes(scenario, view.lang)
    figure = lessons.family_chart(curves, extent(scenario), axes, language=view.lang)
    return Picture(figure, _FAMILY.format(others=SHOWN - 1)[view.lang])


def _practised(scenario: Scenario, view: View) -> Practice | Job[Practice]:
    return jobs.prepared_or_ask(walks.practise, scenario.name, view.seed, b"")


def _is_classification(scenario: Scenario) -> bool:
    return not scenario.regression


FIGURES: dict[str, LessonFigure] = {
    "curves": LessonFigure(_curves, is_curve, _adapted, _dots),
    "one_start": LessonFigure(_fan, is_curve, _practised, _family),
    "scores": LessonFigure(_scores, _is_classification),
    "labels": LessonFigure(_labels, lambda _: True),
    "novelty": LessonFigure(_novelty, lambda _: True, stops=_novelty_stops),
    "other_tasks": LessonFigure(_other_tasks, _has_other_tasks, stops=_other_tasks_stops),
    **{
        perturbation: LessonFigure(
            partial(_perturbed, perturbation),
            partial(_is_perturbed, perturbation),
            stops=partial(_perturbed_stops, perturbation),
        )
        for perturbation in robustness.NAMES
    },
}
