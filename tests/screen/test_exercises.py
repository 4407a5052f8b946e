"""Promise: each exercise opens its page, knows the published answer, and says whether one's own is right."""

import re
from urllib.parse import parse_qsl

import numpy as np
import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetState

from dashboard import words
from dashboard.presenting import exercises
from dashboard.presenting.exercises import Exercise
from dashboard.presenting.lesson import FIGURE_NAME
from dashboard.views import lesson_facts
from scenarios.demo.precomputed import read
from scenarios.evaluation.prevalence import predictive_values
from scenarios.learners.registry import BAYES, META_LEARNED, Rung
from scenarios.lessons import landscape
from scenarios.publication import results
from scenarios.publication.advice import advise
from scenarios.publication.results import ChallengeResults, OtherTasksResults, StudyResults
from scenarios.text import LANGUAGES, Language
from tests.live_server import LiveServer
from tests.screen.test_lessons_to_present import TYPED
from tests.visitor import Screen, Visitor

CODES = [each.code for each in exercises.load("en")]
SETTINGS = {"1%", "50%", "70%", "90%", "95%", "2.5"}  # of the page that an exercise opens, and of an interval


def filled(code: str, language: Language) -> Exercise:
    return next(each for each in lesson_facts.filled_exercises(language) if each.code == code)


def place_of(exercise: Exercise) -> object:
    """What the answers of both languages have in common."""
    question = exercise.question
    return question.truth() if question.choices else question.answer


@pytest.mark.published
def test_exercises_are_the_same_in_both_languages_and_their_figures_are_measured():
    for code in CODES:
        english, chinese = (filled(code, language) for language in LANGUAGES)
        for part in ("page", "view", "minutes", "tolerance"):
            assert getattr(english, part) == getattr(chinese, part), (code, part)
        assert place_of(english) == place_of(chinese), code
    for language in LANGUAGES:
        assert [each.code for each in exercises.load(language)] == CODES
        for each in exercises.load(language):
            texts = (each.do, each.hint, each.solution, each.question.ask)
            assert {found.replace(" ", "") for text in texts for found in TYPED.findall(text)} <= SETTINGS, each.code
        assert not FIGURE_NAME.search(repr(lesson_facts.filled_exercises(language)))
        assert "–" not in [each.question.answer for each in lesson_facts.filled_exercises(language)]
    assert len(CODES) == 12


@pytest.mark.published
def test_the_answers_are_the_published_ones():
    medical, credit = results.read(StudyResults, "medical_diagnosis"), results.read(StudyResults, "credit_risk")
    right = {
        "five-labels": medical.compared("labels_worth", 5)[0],
        "simple-statistics": 100 * credit.at(credit.best(Rung.BORROWING, 5), 5)[0],
        "unlike-tasks": medical.overtaking(Rung.LOCAL).at,
        "thresholds": 100 * float(np.ravel([credit.at(META_LEARNED, 5, "carried_far_off")[0]])[2]),  # of 70%, the usual
        "prevalence": 100 * predictive_values(medical.at(META_LEARNED, 5, "sensitivity")[0], 0.9, 0.01)[0],
        "start": landscape.steps_needed(
            np.array([3.0, -2.5]), landscape.fresh_tasks(landscape.RELATED, 1, 1000), (0.5, 0.5)
        ).mean(),
    }
    for code, answer in right.items():
        assert filled(code, "en").is_right(answer), code
        assert not filled(code, "en").is_right(answer + 3 * max(filled(code, "en").tolerance, 0.1)), code
    plan = advise(results.read(OtherTasksResults, "credit_risk"), 30, 5).chosen.rung
    assert filled("planner", "en").question.answer == plan.short.en
    compute = results.read(ChallengeResults, "medical_diagnosis")
    place = compute.compute.first_order.steps.index(100)
    assert filled("train-less", "en").question.answer == "100"
    assert compute.compute.first_order.score[place, 1] > compute.reference.from_scratch.score[2]
    luck = read("medical_diagnosis", 1, 0, 10)
    assert luck
    assert luck.scores[META_LEARNED] > luck.scores[BAYES]  # "better than Bayes-optimal?"
    assert medical.at(META_LEARNED, 10)[0] < medical.at(BAYES, 10)[0]


def check(visitor: Visitor, exercise: Exercise, answer: float) -> Screen:
    """Enter an answer and have it checked."""
    key = f"answer_to_{exercise.code}"
    if exercise.question.choices:
        shown = words.verbatim(exercise.question.choices[int(answer)])
        state = WidgetState(id=visitor._id(key, "radio"), string_value=shown)
    else:
        state = WidgetState(id=visitor._id(key, "text_input"), string_value=f"{answer}")
    visitor._widgets[state.id] = state
    return visitor.press(f"check_{exercise.code}")


@pytest.mark.published
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_right_answer_is_praised_with_the_solution_and_a_wrong_one_is_not_told_it(
    server: LiveServer, language: Language
):
    with Visitor(server.address) as visitor:
        screen = visitor.open("exercises", lang=language)
        assert (screen.errors(), screen.crashes()) == ([], [])
        for code in CODES[:3]:
            exercise = filled(code, language)
            truth, wrong = exercise.question.truth(), exercise.question.low + 1
            screen = check(visitor, exercise, 0 if exercise.question.choices else wrong)
            verdict = [alert.body for alert in screen.elements("alert")]
            assert not any(exercise.solution[:20] in text.replace("\\", "") for text in verdict), code
            screen = check(visitor, exercise, truth)
            assert any(exercise.solution[:20] in alert.body.replace("\\", "") for alert in screen.elements("alert"))
            marks = [each.body for each in screen.elements("html") if "data-just-solved" in each.body]
            assert re.search(rf'data-just-solved="[^"]*{code}', marks[0])


@pytest.mark.published
@pytest.mark.parametrize("language", LANGUAGES)
def test_each_exercise_opens_its_page_in_the_right_state(server: LiveServer, language: Language):
    with Visitor(server.address) as visitor:
        screen = visitor.open("exercises", lang=language)
        links = [each.url for each in screen.elements("link_button")]
        assert len(links) == len(CODES)
        for link, code in zip(links, CODES, strict=True):
            page, _, query = link.partition("?")
            screen = visitor.open(page, **dict(parse_qsl(query)))
            assert (screen.errors(), screen.crashes()) == ([], []), code
            assert dict(parse_qsl(query)).items() <= visitor.address().items() | {"lang": language}.items(), code


def test_a_link_out_of_the_plane_of_starts_opens_at_its_edge(server: LiveServer):
    with Visitor(server.address) as visitor:
        screen = visitor.open("how", slope=4, intercept=-4)
        assert (screen.errors(), screen.crashes()) == ([], [])
        assert (visitor.address()["slope"], visitor.address()["intercept"]) == ("3", "-2.5")
