"""The measured figures that a lesson names in braces, and lessons with these filled in.

{scenario__key}: every key of `facts.py`, such as {NAME__maml_5} with a scenario's name, and those that are added here.
"""

from dataclasses import fields, replace
from functools import lru_cache
from typing import Any

import numpy as np

from dashboard import jobs, results
from dashboard.language import decimal, scored
from dashboard.presenting.lesson import FIGURE_NAME, Lesson, LessonError, Question, Step, Translations
from dashboard.remote import demo_task
from dashboard.views import facts
from scenarios.catalog import SCENARIOS
from scenarios.demo.precomputed import DRAW, SEED, DemoTask, curve_grid, sample_demo_task
from scenarios.errors import UserError
from scenarios.learners.registry import META_LEARNED, REGISTRY, Rung
from scenarios.protocol import published_shots
from scenarios.publication.drafts import complete
from scenarios.publication.results import OtherTasksResults, RobustnessResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Curves
from scenarios.text import Language, Text

_SHOTS = (1, 2, 5, 10, 20, 50)
_AT = -3.0  # where a lesson asks for the height of a curve
_NO_FIGURE = Text(en="unknown measured figure {name}.", zh="没有名为 {name} 的实测数字。")
_NO_ANSWER = Text(
    en="the answer, {answer}, is not within the range or among the choices of its question.",
    zh="答案 {answer} 不在题目的范围或选项之内。",
)


def filled(lesson: Lesson) -> Lesson:
    """Return a lesson with its figures in its language.

    Raises
    ------
    LessonError
        If it names a figure that is not measured, or an answer lies outside its question's range or choices.
    """
    return _filled(lesson, tuple(_published()))


def filled_translations(lesson: Translations) -> Translations:
    """Return the same of each language. Raises LessonError as `filled` does."""
    return {language: filled(each) for language, each in lesson.items()}


@lru_cache(maxsize=32)
def _filled(lesson: Lesson, published: tuple[StudyResults, ...]) -> Lesson:
    known = figures(lesson.language, published)

    def fill(value: Any, line: int) -> Any:
        if isinstance(value, str):
            return FIGURE_NAME.sub(lambda found: _figure(found[1], line), value)
        if isinstance(value, tuple) and all(isinstance(each, str) for each in value):
            return tuple(fill(each, line) for each in value)
        if isinstance(value, Question):
            return replace(value, **{each.name: fill(getattr(value, each.name), line) for each in fields(value)})
        return value

    def _figure(name: str, line: int) -> str:
        if name in known:
            return known[name]
        if name.partition("__")[0] in {each.scenario for each in published} or "__" not in name:
            raise LessonError(lesson.file, line, _NO_FIGURE.format(name=name))
        if name.partition("__")[0] in SCENARIOS:  # whose results are missing, as its page says
            return "–"
        raise LessonError(lesson.file, line, _NO_FIGURE.format(name=name))

    def step(each: Step) -> Step:
        named = ("title", "say", "found", "do", "expect", "question")
        done = replace(each, **{name: fill(getattr(each, name), each.line) for name in named})
        if done.question and done.is_guessed and not _can_be_true(done.question):
            raise LessonError(lesson.file, each.line, _NO_ANSWER.format(answer=done.question.answer))
        return done

    return replace(
        lesson,
        title=fill(lesson.title, 1),
        objectives=fill(lesson.objectives, 1),
        key_points=fill(lesson.key_points, 1),
        steps=tuple(map(step, lesson.steps)),
    )


def _can_be_true(question: Question) -> bool:
    if question.answer == "–":
        return True
    try:
        truth = question.truth()
    except ValueError:
        return False
    return question.kind == "choice" or question.low <= truth <= question.high


def _published() -> list[StudyResults]:
    found = []
    for scenario in complete():
        try:
            found.append(results.study(scenario.name))
        except UserError:  # which the scenario's page reports
            continue
    return found


@lru_cache(maxsize=4)
def figures(language: Language, published: tuple[StudyResults, ...]) -> dict[str, str]:
    """Return every figure that a lesson may name, as it is written in a language."""
    known: dict[str, str] = {}
    for study in published:
        scenario = SCENARIOS[study.scenario]
        of_scenario = facts.facts_of(study, language) | _of_rungs(study) | _of_other_tasks(study) | _of_curve(scenario)
        of_scenario |= _of_robustness(study.scenario)
        known |= {f"{study.scenario}__{key}": value for key, value in of_scenario.items()}
    return known


def _of_rungs(study: StudyResults) -> dict[str, str]:
    """Return the best of each rung, what labels are worth, and what becomes of them in tasks of a new kind."""
    found = {}
    for rung in study.rungs:
        for shots in _SHOTS:
            found[f"{rung.value}_{shots}"] = scored(study.at(study.best(rung, shots), shots)[0], study.metric, 1)
    for shots in _SHOTS:
        for rung in (Rung.LOCAL, Rung.BORROWING):
            if rung.value in study.comparison and (worth := study.compared("labels_worth", shots, rung))[0]:
                values = ("–" if value is None else decimal(f"{value:.2g}") for value in worth)
                names = (f"labels_{rung.value}_{shots}{end}" for end in ("", "_low", "_high"))
                found |= dict(zip(names, values, strict=True))
    novelty = study.novelty
    found["maml_familiar"] = scored(novelty.score[META_LEARNED][0, 0], study.metric, 1)
    found["shots_novel"] = str(novelty.shots)
    found["warned_familiar"] = f"{100 * float(study.power(0.0)[0]):.0f}%"
    crossing = study.overtaking(Rung.LOCAL).at
    found["rho_local"] = "–" if crossing is None else f"{crossing:.2f}"
    return found


def _of_other_tasks(study: StudyResults) -> dict[str, str]:
    """Return scores by other tasks, and from how many on each kind of method is surely ahead of local labels, at 5."""
    if study.scenario not in results.measured(OtherTasksResults):
        return {}
    other, shots = results.other_tasks(study.scenario), 5
    place, found = other.shots.index(shots), {"local_alone_5": scored(other.level("local", shots)[0], study.metric, 1)}
    for key, name in (("maml", META_LEARNED), ("simple", other.best_simple(shots))):
        part = other.learners[name]
        for count in part.counts:
            found[f"{key}_of_{count}"] = scored(np.ravel([other.at(name, count, shots)])[0], study.metric, 1)
        surely = part.at("ahead_of_local", place)[:, 1] > 0
        pays = next((count for count, ahead in zip(part.counts, surely, strict=True) if ahead), None)
        found |= {f"{key}_pays": "–" if pays is None else f"{pays:,}", f"{key}_least": f"{part.counts[0]:,}"}
    return found


def _of_robustness(name: str) -> dict[str, str]:
    """Return the points of the score that the best method of each rung loses at the last level of what goes wrong."""
    if name not in results.measured(RobustnessResults):
        return {}
    found = results.robustness(name)
    return {
        f"lost_{perturbation}_{REGISTRY[learner].rung.value}": f"{100 * part.lost[learner][-1, 0]:z.1f}".replace(
            "-", "−"
        )
        for perturbation, part in found.perturbations.items()
        for learner in found.compared
    }


def _of_curve(scenario: Scenario) -> dict[str, str]:
    """Return the heights at x = -3 of the curves of the task that opens a page, with the usual number of points."""
    if scenario.example_shape != (1,) or not scenario.regression:
        return {}
    shots = min(published_shots(scenario), key=lambda known: abs(known - 5))
    task, draw = sample_demo_task(scenario, SEED, DRAW, shots)
    grid = curve_grid(scenario)
    if not grid[0] <= _AT <= grid[-1]:
        return {}
    found = {"points": ", ".join(f"{x:.1f}".replace("-", "−") for x in np.sort(draw.support.x[0, :, 0]))}
    if isinstance(task, Curves):
        found["truth_at"] = _written(float(task.signal(np.array([[_AT]]))[0, 0]))
    shown = jobs.prepared_or_ask(demo_task.adapt_to, scenario.name, SEED, DRAW, shots, (), b"")
    if isinstance(shown, DemoTask):
        found |= {
            f"{name}_at": _written(float(np.interp(_AT, grid, curve[:, 0]))) for name, curve in shown.answers.items()
        }
    return found


def _written(value: float) -> str:
    return f"{value:.1f}".replace("-", "−")
