"""Promise: a lesson is a file for each language, its figures are the published ones, and no answer comes early."""

import json
import re

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from dashboard.charts import stage
from dashboard.charts.stage import enlarged
from dashboard.engine import Job
from dashboard.permalink import View
from dashboard.presenting import lesson as lessons
from dashboard.presenting.lesson import LARGEST, LessonError, Step
from dashboard.views import lesson_facts, lesson_figures
from scenarios.catalog import SCENARIOS
from scenarios.learners.registry import META_LEARNED, Rung
from scenarios.publication import results
from scenarios.publication.results import OtherTasksResults, StudyResults
from scenarios.text import LANGUAGES, Language
from tests.live_server import LiveServer
from tests.visitor import Screen, Visitor

NAMES = sorted({path.name.split(".")[0] for path in lessons.SHIPPED.glob("*.toml")})
SMALLEST = """
title = "One"
language = "en"
objectives = ["See it."]

[[steps]]
title = "First"
say = "Look."
minutes = 1
address = "medical_diagnosis?shots=5"
figure = "labels"
[steps.question]
ask = "How many?"
kind = "number"
low = 1
high = 200
answer = "{medical_diagnosis__labels_local_5}"
"""
TYPED = re.compile(r"\d+(?:\.\d+)?\s*%|\d+\.\d+")  # a figure that was typed by hand
LEVELS = {"50%", "95%"}  # of a coin, and of an interval


def read(text: str) -> lessons.Lesson:
    return lessons.read(text.encode(), "mine.en.toml")


def shape(step: Step) -> tuple[object, ...]:
    """What a step has in common with its translation."""
    question = step.question
    asked = question and (question.kind, question.low, question.high, len(question.choices), place_of_answer(step))
    return step.page, step.view, step.figure, step.slider, step.minutes, asked


def place_of_answer(step: Step) -> object:
    question = step.question
    if question is None or question.answer not in question.choices:
        return question and question.answer
    return question.choices.index(question.answer)


@pytest.mark.published
@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_is_the_same_in_both_languages(name: str):
    lesson = lessons.load(name)
    english, chinese = (lesson[language] for language in LANGUAGES)
    assert [shape(step) for step in english.steps] == [shape(step) for step in chinese.steps]
    counts = [(len(each.objectives), len(each.key_points)) for each in (english, chinese)]
    assert counts[0] == counts[1]
    for one, other in zip(english.steps, chinese.steps, strict=True):
        for part in ("say", "found", "expect", "do"):
            named = [set(lessons.FIGURE_NAME.findall(getattr(step, part))) for step in (one, other)]
            assert named[0] == named[1], (one.title, part)


@pytest.mark.published
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_figure_of_a_lesson_is_typed_by_hand(name: str, language: str):
    lesson = lessons.load(name)[language]
    texts = [text for step in lesson.steps for text in (step.say, step.found, step.expect, step.do)]
    texts += [step.question.ask for step in lesson.steps if step.question] + [*lesson.key_points]
    typed = [found for text in texts for found in TYPED.findall(text)]
    assert {found.replace(" ", "") for found in typed} <= LEVELS
    filled = lesson_facts.filled(lesson)
    assert filled.steps
    assert not lessons.FIGURE_NAME.search(repr([(step.say, step.found, step.question) for step in filled.steps]))
    assert "–" not in [step.question.answer for step in filled.steps if step.question]
    assert len(lesson.key_points) >= 3


@pytest.mark.published
@pytest.mark.parametrize("name", NAMES)
def test_each_step_has_a_figure_that_its_scenario_offers(name: str):
    for step in lessons.load(name)["en"].steps:
        if step.figure:
            figure = lesson_figures.figure_of(step)
            assert figure is not None, step.title
            assert figure.stops or not step.slider, step.title


@pytest.mark.published
@pytest.mark.parametrize("name", NAMES)
def test_no_figure_of_a_shipped_lesson_or_its_handout_waits_for_the_worker(name: str):
    for step in lessons.load(name)["en"].steps:
        figure, scenario = lesson_figures.figure_of(step), lesson_figures.scenario_of(step)
        if figure and figure.prepared and scenario:
            view = lesson_figures.view_of(step, scenario, "en")
            assert not isinstance(figure.prepared(scenario, view), Job), step.title


@pytest.mark.published
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_names_leave_more_than_half_of_a_figure_on_the_stage_to_its_lines(name: str, language: Language):
    for step in lessons.load(name)[language].steps:
        figure, scenario = lesson_figures.figure_of(step), lesson_figures.scenario_of(step)
        if not figure or not scenario or figure.prepared or step.slider:
            continue
        layout = enlarged(figure.shown(scenario, lesson_figures.view_of(step, scenario, language), None).figure).layout
        assert stage.HEIGHT - layout.margin.t - layout.margin.b > stage.HEIGHT / 2, step.title
        names = [(note.x, note.yshift) for note in layout.annotations if (note.yref, note.y) == ("paper", 1)]
        assert len(set(names)) == len(names), "no two names stand at one place"


def is_far_worse(scenario: str) -> bool:
    """Whether meta-learning loses more than ten points against local labels on tasks that are all new."""
    study = results.read(StudyResults, scenario)
    last = study.overtaking(Rung.LOCAL).best[-1]
    return bool(study.novelty.score[META_LEARNED][-1, 0] < study.novelty.score[last][-1, 0] - 0.1)


@pytest.mark.published
@pytest.mark.published
@pytest.mark.parametrize("language", LANGUAGES)
def test_scores_stand_within_a_phones_window_and_no_name_covers_one(language: Language):
    scenario = SCENARIOS["medical_diagnosis"]
    figure = enlarged(lesson_figures.FIGURES["scores"].shown(scenario, View(lang=language), None).figure)
    layout = figure.layout
    assert layout.margin.l + layout.margin.r + 240 <= 390, "it is as wide as the window, without scrolling"
    low, high = layout.yaxis.range
    a_row = (layout.height - layout.margin.t - layout.margin.b) / (high - low)  # px
    feet = sorted(note.y for note in layout.annotations if note.yanchor == "bottom")
    dots = sorted(float(trace.y[0]) for trace in figure.data)
    radius = figure.data[0].marker.size / 2
    for foot, dot in zip(feet, dots, strict=True):
        assert (foot - dot) * a_row >= radius, "a name stands above its dot"
    for below, above in zip(feet, dots[1:], strict=False):
        assert (above - below) * a_row >= 14 + radius, "and below the one before"


def test_what_a_lesson_says_of_failure_of_simpler_methods_and_of_the_price_is_measured():
    """The answers of its choices are words: here is what they rest on."""
    study, found = results.read(StudyResults, "medical_diagnosis"), results.read(OtherTasksResults, "medical_diagnosis")
    assert all(map(is_far_worse, ("medical_diagnosis", "credit_risk", "driving_style")))
    assert results.read(StudyResults, "credit_risk").compared("labels_worth", 5)[0] is None  # "more than 50"
    assert study.power(1.0)[0] > 0.99  # "a test on the labels warns"
    borrowing, meta = (study.at(study.best(rung, 5), 5)[0] for rung in (Rung.BORROWING, Rung.META_LEARNED))
    assert borrowing > meta - 0.005  # "did as well"
    simple = found.learners[found.best_simple(5)].counts
    assert simple[0] < found.learners[META_LEARNED].counts[0]  # "and needed far fewer of them"
    leads = [study.compared("ahead", shots)[0] for shots in (5, 20, 50)]
    assert leads == sorted(leads, reverse=True)  # "with more labels the lead shrinks"


@pytest.mark.published
def test_figures_are_those_of_the_published_results():
    known = lesson_facts.figures("en", tuple(lesson_facts._published()))
    study = results.read(StudyResults, "medical_diagnosis")
    assert known["medical_diagnosis__maml_5"] == f"{100 * study.at('maml', 5)[0]:.1f}%"
    assert float(known["medical_diagnosis__labels_local_5"]) == pytest.approx(
        study.compared("labels_worth", 5)[0], rel=0.05
    )
    other = results.read(OtherTasksResults, "medical_diagnosis")
    pays = int(known["medical_diagnosis__maml_pays"].replace(",", ""))
    counts = other.learners[META_LEARNED].counts
    assert other.at(META_LEARNED, pays, 5)[0] > other.level("local", 5)[0]
    before = [count for count in counts if count < pays]
    assert all(other.at(META_LEARNED, count, 5)[1] < other.level("local", 5)[2] for count in before)


@pytest.mark.parametrize(
    ("change", "line", "reason"),
    [
        (('kind = "number"', 'kind = "essay"'), 14, "kind must be one of number, choice, none"),
        (('figure = "labels"', 'figur = "labels"'), 11, "unknown key 'figur'"),
        (('say = "Look."', ""), 6, "the key say is missing"),
        (('say = "Look."', 'say = """' + "very " * 100 + '"""'), 8, "1 to 190 characters"),
        (('figure = "labels"', 'slider = "yes"'), 11, "slider must be true or false"),
        (("minutes = 1", "minutes = nan"), 9, "minutes must be a number from 0 to 240"),
        (("minutes = 1", 'minutes = "1"'), 9, "minutes must be a number"),
        (("medical_diagnosis?shots=5", "admin?shots=5"), 10, "unknown page 'admin'"),
        (("?shots=5", "?shots=5&evil=<script>"), 10, "the page does not accept these URL parameters: 'evil'"),
        (("?shots=5", "?shots=many"), 10, "'shots'"),
        (("low = 1", "low = 300"), 15, "low must be less than high"),
        (('answer = "{medical_diagnosis__labels_local_5}"', "answer = 1e300"), 17, "answer must be a number"),
        (('language = "en"', 'language = "fr"'), 3, "language must be one of en, zh"),
        (('["See it."]', '"See it."'), 4, "objectives must be a list"),
        (('say = "Look."', 'say = "Look.'), 8, "this is not valid TOML"),
        (('title = "One"', 'title = "\u202eOne"'), 2, "title must be a string"),
        (("[steps.question]", "[steps.question.more]"), 13, "must"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line_and_the_reason(change: tuple[str, str], line: int, reason: str):
    text = SMALLEST.replace(*change)
    assert text != SMALLEST
    with pytest.raises(LessonError) as refused:
        read(text)
    assert refused.value.text.en.startswith(f"mine.en.toml, line {line}: ") or reason == "must"
    assert reason in refused.value.text.en or reason == "must"
    assert f"第 {line} 行" in refused.value.text.zh or reason == "must"


@pytest.mark.parametrize(
    "content",
    [b"\xff\xfe\x00", b"a" * (LARGEST + 1), b"x = " + b"[" * 5000, b"", b"steps = 1", b"title = 1979-99-99", b"\x00"],
)
def test_a_hostile_file_is_refused_and_nothing_else_happens(content: bytes):
    with pytest.raises(LessonError):
        lessons.read(content, "x.toml")


@pytest.mark.published
def test_a_figure_that_is_not_measured_is_refused_and_none_reaches_into_the_program():
    for name in ("{medical_diagnosis__maml_999}", "{nothing}"):
        with pytest.raises(LessonError, match=r"line 6: unknown measured figure"):
            lesson_facts.filled(read(SMALLEST.replace("Look.", name)))
    harmless = lesson_facts.filled(read(SMALLEST.replace("Look.", "{title.__class__}")))
    assert harmless.steps[0].say == "{title.__class__}"


@pytest.mark.published
def test_an_answer_outside_its_range_is_refused():
    with pytest.raises(LessonError, match="is not within the range"):
        lesson_facts.filled(read(SMALLEST.replace("high = 200", "high = 2")))


@pytest.mark.published
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_step_opens_and_its_answer_is_on_the_wire_only_once_it_is_revealed(
    server: LiveServer, name: str, language: str
):
    lesson = lesson_facts.filled(lessons.load(name)[language])
    with Listening(server.address) as visitor:
        visitor.open("present", lang=language, lesson=name)
        for place, step in enumerate(lesson.steps, start=1):
            visitor.heard.clear()
            screen = visitor.press(f"present_go_{place}")
            assert_well(screen)
            assert step.say.split("，")[0][:20] in spoken(screen)
            if step.is_guessed:
                [chart] = [each for each in screen.elements("plotly_chart") if each.id.endswith(f"chart_{place}_1")]
                if step.figure not in ("curves", "one_start"):  # which have a picture of their own
                    assert json.loads(chart.spec)["data"] == []
                assert step.found not in visitor.text()
                assert not numbers(step) & set(re.findall(r"\d+\.\d+|\d{2,}", chart.spec + chart.alt))
                screen = visitor.press(f"present_reveal_{place}")
                assert_well(screen)
                assert step.found in spoken(screen)
                assert visitor.address()["reveal"] == "1"


def numbers(step: Step) -> set[str]:
    """The answer's figures as a chart may have them: as it is written, and as a share of one."""
    question = step.question
    assert question
    if question.kind == "choice":
        return set()
    share = {f"{question.truth() / 100:.3f}", f"{question.truth() / 100:.4f}"} if question.unit == "%" else set()
    return {f"{question.truth():g}"} | share


def spoken(screen: Screen) -> str:
    return screen.words().replace("\\", "")


def assert_well(screen: Screen) -> None:
    assert (screen.errors(), screen.crashes()) == ([], [])


class Listening(Visitor):
    """A visitor who keeps all that the server has sent."""

    def __init__(self, address: str) -> None:
        super().__init__(address)
        self.heard: list[ForwardMsg] = []

    def _take(self, reply: ForwardMsg, screen: Screen) -> None:
        self.heard.append(reply)
        super()._take(reply, screen)

    def text(self) -> str:
        return "\n".join(str(message) for message in self.heard)


@pytest.mark.published
@pytest.mark.parametrize("scenario", ["medical_diagnosis", "sine"])
def test_a_page_that_is_guessed_first_sends_no_result_until_one_has_committed(server: LiveServer, scenario: str):
    with Listening(server.address) as visitor:
        screen = visitor.open(scenario, shots=5, seed=1, guess=1)
        assert_well(screen)
        hidden = visitor.text()
        charts = [chart.id.rpartition("-")[2] for chart in screen.elements("plotly_chart")]
        assert charts == (["points_chart"] if SCENARIOS[scenario].regression else [])
        if not SCENARIOS[scenario].regression:
            score = results.read(StudyResults, scenario).at("maml", 5)[0]
            assert f"{100 * score:.1f}" not in hidden
            assert f"{score:.3f}" not in hidden
        screen = visitor.press("guess_skip")
        assert_well(screen)
        assert "guess" not in visitor.address()
        assert any(chart.id.endswith("-labels_chart") for chart in screen.elements("plotly_chart"))


@pytest.mark.published
def test_the_notes_have_the_answer_and_what_comes_next(server: LiveServer):
    lesson = lesson_facts.filled(lessons.load("five-labels")["en"])
    with Visitor(server.address) as visitor:
        screen = visitor.open("present", lang="en", lesson="five-labels", notes=1, at=3)
        assert_well(screen)
        for text in (lesson.steps[2].question.ask, lesson.steps[2].question.answer, lesson.steps[3].title):
            assert text in spoken(screen)
        assert not screen.elements("plotly_chart")


def test_an_unknown_lesson_is_a_sentence_and_the_choice_of_all(server: LiveServer):
    with Visitor(server.address) as visitor:
        screen = visitor.open("present", lang="zh", lesson="no-such-lesson")
        assert len(screen.errors()) == 1
        assert "五个标注" in spoken(screen)
