"""Fill in the measured figures that lessons and exercises name in braces.

{scenario__key}: every key of `facts.py`, such as {NAME__maml_5} with a scenario's name, and the keys added here.
"""

from dataclasses import fields, replace
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np

from dashboard import jobs, results
from dashboard.language import decimal, scored
from dashboard.presenting import exercises
from dashboard.presenting.exercises import Exercise
from dashboard.presenting.lesson import FIGURE_NAME, Lesson, LessonError, Question, Step, Translations
from dashboard.remote import demo_task
from dashboard.views import facts
from dashboard.views.decisions.catalog import PANELS
from scenarios.catalog import SCENARIOS
from scenarios.demo.precomputed import DRAW, SEED, DemoTask, curve_grid, sample_demo_task
from scenarios.demo.user_training import META_STEPS
from scenarios.errors import UserError
from scenarios.learners.registry import META_LEARNED, REGISTRY, Rung
from scenarios.lessons import landscape
from scenarios.protocol import published_shots
from scenarios.publication.advice import advise
from scenarios.publication.drafts import complete
from scenarios.publication.results import ChallengeResults, OtherTasksResults, RobustnessResults, StudyResults
from scenarios.scenario import Scenario
from scenarios.task import Curves
from scenarios.text import Language, Text

Record = TypeVar("Record", Lesson, Step, Exercise, Question)
_SHOTS = (1, 2, 5, 10, 20, 50)
_AT = -3.0  # place at which lessons ask for the height of a curve
_FAR, _STEEP, _FRESH = (3.0, -2.5), 0.5, 1000  # a start in the plane of lines, the learning rate, fresh tasks
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


def filled_exercises(language: Language) -> tuple[Exercise, ...]:
    """Return the shipped exercises with their figures. Raises LessonError as `filled` does."""
    return _filled_exercises(language, tuple(_published()))


@lru_cache(maxsize=4)
def _filled_exercises(language: Language, published: tuple[StudyResults, ...]) -> tuple[Exercise, ...]:
    def filled_one(each: Exercise) -> Exercise:
        figures_of = _Figures(each.file, language, published)
        return figures_of.filled(each, each.line, "title", "do", "hint", "solution", "question")

    return tuple(map(filled_one, exercises.load(language)))


@lru_cache(maxsize=32)
def _filled(lesson: Lesson, published: tuple[StudyResults, ...]) -> Lesson:
    figures_of = _Figures(lesson.file, lesson.language, published)
    done = figures_of.filled(lesson, 1, "title", "objectives", "key_points")
    named = ("title", "say", "found", "do", "expect", "question")
    return replace(done, steps=tuple(figures_of.filled(each, each.line, *named) for each in lesson.steps))


class _Figures:
    """The figures of a file, which they are filled into."""

    def __init__(self, file: str, language: Language, published: tuple[StudyResults, ...]) -> None:
        self._file, self._known = file, figures(language, published)
        self._measured = {each.scenario for each in published}

    def filled(self, record: Record, line: int, *names: str) -> Record:
        """Return a record with the figures in its parts of these names; `line` is named by an error."""
        return replace(record, **{name: self._fill(getattr(record, name), line) for name in names})

    def _fill(self, value: Any, line: int) -> Any:
        if isinstance(value, str):
            return FIGURE_NAME.sub(lambda found: self._figure(found[1], line), value)
        if isinstance(value, tuple) and all(isinstance(each, str) for each in value):
            return tuple(self._fill(each, line) for each in value)
        if isinstance(value, Question):
            question = self.filled(value, line, *(each.name for each in fields(value)))
            if question.answer and question.kind != "none" and not _can_be_true(question):
                raise LessonError(self._file, line, _NO_ANSWER.format(answer=question.answer))
            return question
        return value

    def _figure(self, name: str, line: int) -> str:
        if name in self._known:
            return self._known[name]
        scenario, separator, _ = name.partition("__")
        if separator and scenario in SCENARIOS and scenario not in self._measured:  # as on its page
            return "–"
        raise LessonError(self._file, line, _NO_FIGURE.format(name=name))


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
        except UserError:  # the scenario's page reports it
            continue
    return found


@lru_cache(maxsize=4)
def figures(language: Language, published: tuple[StudyResults, ...]) -> dict[str, str]:
    """Return every figure that a lesson may name, as it is written in a language."""
    known: dict[str, str] = {}
    for study in published:
        scenario = SCENARIOS[study.scenario]
        of_scenario = facts.facts_of(study, language) | _of_rungs(study) | _of_other_tasks(study) | _of_curve(scenario)
        of_scenario |= _of_robustness(study.scenario) | _of_advice(study, language) | _of_first_task(scenario)
        of_scenario |= _of_training(study.scenario)
        if (panel := PANELS.get(study.decision)) and panel.facts:
            of_scenario |= panel.facts(study)
        known |= {f"{study.scenario}__{key}": value for key, value in of_scenario.items()}
    return known | {f"landscape__{key}": value for key, value in _of_starts().items()}


def _of_rungs(study: StudyResults) -> dict[str, str]:
    """Return the best of each rung, the value of labels, and its change in tasks of a new kind."""
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


def _of_advice(study: StudyResults, language: Language) -> dict[str, str]:
    """Return the planner's recommendations by number of other tasks, with 5 labels, and its names of the rungs."""
    if study.scenario not in results.measured(OtherTasksResults):
        return {}
    other = results.other_tasks(study.scenario)
    advised = {
        f"advised_of_{count}": advise(other, count, 5).chosen.rung.short[language]
        for count in other.learners[META_LEARNED].counts
    }
    return advised | {f"rung_{rung.value}": rung.short[language] for rung in study.rungs}


def _of_first_task(scenario: Scenario) -> dict[str, str]:
    """Return the scores on the examples of the task that opens a page, with 5 and 10 labels."""
    if scenario.regression:
        return {}
    return {
        f"task_{name}_{shots}": scored(score, scenario.metric, 1)
        for shots in (5, 10)
        if (shown := jobs.preset(scenario.name, SEED, DRAW, shots))
        for name, score in shown.scores.items()
    }


def _of_training(name: str) -> dict[str, str]:
    """Return the fewest meta-steps on offer with which meta-learning is surely ahead of local labels alone."""
    if name not in results.measured(ChallengeResults):
        return {}
    try:
        found = results.challenges(name)
    except UserError:  # its page reports it
        return {"enough_steps": "–"}
    run, local = found.compute.first_order, found.reference.from_scratch.score[2]
    ahead = next((step for step, score in zip(run.steps, run.score, strict=True) if score[1] > local), None)
    enough = next((step for step in META_STEPS if ahead and step >= ahead), None)
    return {"enough_steps": f"{enough:,}" if enough else "–"}


def _of_starts() -> dict[str, str]:
    """Return the mean steps on the landscape of lines from a far start and from the learned one."""
    family, rates = landscape.RELATED, (_STEEP, _STEEP)
    fresh = landscape.fresh_tasks(family, SEED, _FRESH)
    starts = {"steps_far": np.array(_FAR), "steps_learned": landscape.meta_start(family)}
    return {key: f"{landscape.steps_needed(start, fresh, rates).mean():.0f}" for key, start in starts.items()}


def _of_robustness(name: str) -> dict[str, str]:
    """Return the points of the score that the best method of each rung loses at the last level of a perturbation."""
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
