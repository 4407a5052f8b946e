"""Promise: a chart is a function of arrays and a language; it keeps its size and its axes, and says what it shows."""

import copy
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest

from dashboard.charts import calibration, labels_curve, novelty, player, style
from dashboard.charts.drawing import Drawing
from dashboard.charts.playing import POSITION
from dashboard.views import facts, rungs
from dashboard.views.pictures import drawn, novelty_curves
from scenarios.catalog import SCENARIOS
from scenarios.decisions.catalog import DECISIONS
from scenarios.demo import precomputed
from scenarios.demo.precomputed import DemoTask
from scenarios.evaluation.prevalence import reliability, reliability_as_counted
from scenarios.learner import EVALUATION_STEPS, FARTHEST
from scenarios.learners import registry
from scenarios.learners.registry import PRINCIPAL, TRACED
from scenarios.metrics import MSE
from scenarios.own_tasks import contenders
from scenarios.publication import results
from scenarios.publication.results import StudyResults
from scenarios.scenario import Scenario
from scenarios.text import LANGUAGES, Language
from tests.live_server import ROOT

pytestmark = pytest.mark.published


STEPS = len(EVALUATION_STEPS)
LIGHT = 115_000  # bytes of a player, twice what it has


@cache
def study_of(name: str) -> StudyResults:
    return results.read(StudyResults, name)


@pytest.fixture
def study(scenario: Scenario) -> StudyResults:
    return study_of(scenario.name)


@pytest.fixture
def classes_study(classification: Scenario) -> StudyResults:
    return study_of(classification.name)


def invented(
    seed: int, *, ways: int = 2, low: float = 0.0, high: float = 1.0, queries: int = 200
) -> tuple[DemoTask, np.ndarray]:
    """A task on which learners do anything at all between two scores, and the truth of it."""
    rng = np.random.default_rng(seed)
    learners = ("maml", "scratch")
    shown = DemoTask(
        walks={name: rng.uniform(0, 1, (STEPS, queries)).astype(np.float32) for name in learners},
        walk_scores={name: rng.uniform(low, high, STEPS) for name in learners},
        evaluation_step={name: int(rng.choice(EVALUATION_STEPS)) for name in learners},
        answers={name: rng.dirichlet(np.ones(ways), queries).astype(np.float32) for name in (*learners, "logistic")},
        scores=dict.fromkeys((*learners, "logistic"), 0.7),
    )
    return shown, rng.permutation(np.arange(queries) % ways)


def averages(study: StudyResults, shots: int) -> player.Averages:
    walks = {name: study.at(name, shots, "trajectory") for name in TRACED}
    return player.Averages(walks=walks, ceiling=study.at("bayes", shots)[0], tasks=study.tasks)


def play(
    scenario: Scenario, study: StudyResults, shown: DemoTask, truth: np.ndarray, shots: int, language: Language
) -> go.Figure:
    return player.player_chart(
        shown,
        truth,
        averages(study, shots),
        task=scenario.prose.task,
        classes=scenario.classes,
        metric=scenario.metric,
        language=language,
    )


def prepared(scenario: Scenario, shots: int) -> tuple[DemoTask, np.ndarray]:
    shown = precomputed.read(scenario.name, precomputed.SEED, precomputed.DRAW, shots)
    assert shown is not None
    _, draw = precomputed.sample_demo_task(scenario, precomputed.SEED, precomputed.DRAW, shots)
    return shown, draw.query.y[0]


@cache
def played(name: str, shots: int) -> go.Figure:
    """The player of the first task, for the tests that only look at it."""
    scenario = SCENARIOS[name]
    return play(scenario, study_of(name), *prepared(scenario, shots), shots, "en")


def every_chart(
    scenario: Scenario, study: StudyResults, language: Language, shots: int
) -> Iterator[tuple[str, go.Figure]]:
    """Those that several kinds of page share. A kind's own ones are tested beside its page."""
    curves = {name: study.curve(name) for name in drawn(study)}
    worth = study.compared("labels_worth", shots)[0]
    given = {"metric": study.metric, "language": language}
    yield "labels", labels_curve.labels_chart(study.shots, curves, at=shots, worth=worth, **given)
    sketched = {name: study.curve(name) for name in rungs.sketched(study)}
    yield "sketch", labels_curve.labels_chart(study.shots, sketched, at=shots, worth=worth, small=True, **given)
    yield "novelty", novelty.novelty_chart(study.novelty.rho, novelty_curves(study), **given)
    if scenario.regression:
        return
    risks = {name: study.risks(name, shots) for name in PRINCIPAL}
    bins = {name: reliability(*said, 0.1, fewest=1) for name, said in risks.items()}
    yield "calibration", calibration.calibration_chart(bins, language=language)
    as_counted = {name: reliability_as_counted(*said, fewest=1) for name, said in risks.items()}
    yield "rare", calibration.calibration_chart(as_counted, language=language, rare=True)
    yield "player", play(scenario, study, *prepared(scenario, shots), shots, language)


@cache
def drawn_once(name: str, language: Language, shots: int) -> dict[str, go.Figure]:
    """Every chart of a scenario, for the tests that only look at them."""
    return dict(every_chart(SCENARIOS[name], study_of(name), language, shots))


def axes(figure: go.Figure) -> dict[str, tuple[float, ...]]:
    layout = figure.to_plotly_json()["layout"]
    return {name: tuple(map(float, axis["range"])) for name, axis in layout.items() if name[1:5] == "axis"}


def test_charts_are_drawn_without_streamlit():
    modules = "calibration, labels_curve, novelty, player, style"
    program = f"import sys; from dashboard.charts import {modules}; print('streamlit' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "False", done.stderr


VIEWED: tuple[tuple[Language, int], ...] = (("en", 1), ("zh", 5), ("en", 50))


@pytest.mark.parametrize(("language", "shots"), VIEWED)
def test_every_chart_is_one_that_plotly_accepts(scenario: Scenario, language: Language, shots: int):
    for name, figure in drawn_once(scenario.name, language, shots).items():
        go.Figure(json.loads(plotly.io.to_json(figure)))  # raises where a property does not exist
        assert figure.layout.height, name
        assert figure.layout.showlegend is False, "lines are named where they are"


def test_size_and_axes_depend_on_neither_language_nor_number_of_labels(scenario: Scenario):
    kept: dict[str, tuple] = {}
    for language, shots in VIEWED:
        for name, figure in drawn_once(scenario.name, language, shots).items():
            frame = (figure.layout.height, figure.layout.margin, axes(figure))
            assert frame == kept.setdefault(name, frame), f"{name} at {shots}"
            assert all(axis.fixedrange for axis in [*figure.select_xaxes(), *figure.select_yaxes()])


@pytest.mark.parametrize("seed", range(2))
def test_the_player_keeps_its_size_and_axes_whatever_the_task(
    classification: Scenario, classes_study: StudyResults, seed: int
):
    usual = play(classification, classes_study, *invented(99, ways=classification.ways, low=0.5), 5, "en")
    other = play(classification, classes_study, *invented(seed, ways=classification.ways, low=0.45), 5, "en")
    assert (other.layout.height, other.layout.margin) == (usual.layout.height, usual.layout.margin)
    assert axes(other) == axes(usual)


def test_a_task_on_which_a_learner_does_badly_still_lies_within_the_axes(
    classification: Scenario, classes_study: StudyResults
):
    for low, high in ((0.0, 0.2), (0.3, 1.0), (0.999, 1.0)):
        shown, truth = invented(1, ways=classification.ways, low=low, high=high)
        figure = play(classification, classes_study, shown, truth, 5, "en")
        bottom, top = figure.layout.yaxis2.range
        for curve in shown.walk_scores.values():
            assert bottom <= curve.min() <= curve.max() <= top


@pytest.mark.parametrize("shots", [1, 5, 50])
def test_there_is_a_frame_for_every_moment_and_it_shows_that_moment(classification: Scenario, shots: int):
    (shown, truth), figure = prepared(classification, shots), played(classification.name, shots)
    frames = {frame.name: frame for frame in figure.frames}
    assert list(frames) == [*map(str, EVALUATION_STEPS), "best"]
    for name, frame in frames.items():
        assert len(frame.data) == len(frame.traces) == len(set(frame.traces))
        best = [EVALUATION_STEPS.index(shown.evaluation_step[learner]) for learner in TRACED]
        at = best if name == "best" else [EVALUATION_STEPS.index(int(name))] * 2
        kinds = range(classification.ways - 1, -1, -1)
        lanes = [(learner, kind) for learner in TRACED for kind in kinds]
        for lane, (learner, kind) in enumerate(lanes):
            expected = shown.walks[learner][at[TRACED.index(learner)]][truth == kind]
            np.testing.assert_array_equal(frame.data[lane].x, player.per_mille(expected))
            assert len(figure.data[frame.traces[lane]].y) == len(expected)
        heights = [dot.y[0] for dot in frame.data[len(lanes) :]]
        scores = [shown.walk_scores[learner][i] for learner, i in zip(TRACED, at, strict=True)]
        assert heights[0::2] == pytest.approx(scores)


def test_every_button_and_every_stop_of_the_player_leads_to_frames_that_exist(classification: Scenario):
    figure = drawn_once(classification.name, "zh", 5)["player"]
    names = {frame.name for frame in figure.frames}
    targets = [button.args[0] for menu in figure.layout.updatemenus for button in menu.buttons]
    targets += [step.args[0] for slider in figure.layout.sliders for step in slider.steps]
    assert {name for target in targets for name in target if name is not None} == names
    [slider] = figure.layout.sliders
    assert tuple(slider.steps[slider.active].args[0]) == ("best",), "the figure opens where each learner is judged"


def test_the_player_opens_as_its_last_frame(classification: Scenario):
    figure = played(classification.name, 5)
    [best] = [frame for frame in figure.frames if frame.name == "best"]
    for trace, moved in zip(best.traces, best.data, strict=True):
        np.testing.assert_array_equal(figure.data[trace].x, moved.x)


@pytest.mark.parametrize("shots", [1, 5, 50])
def test_no_line_on_the_right_of_the_chart_of_averages_runs_through_a_name(
    classification: Scenario, classes_study: StudyResults, shots: int
):
    figure = played(classification.name, shots)
    highest = max(note.y for note in figure.layout.annotations if note.xref == "x3" and note.yref == "y3")
    right = 0.4 * POSITION[-1] < POSITION
    for walk in averages(classes_study, shots).walks.values():
        assert walk[right, 0].min() >= highest - 1e-9


@pytest.mark.parametrize("shots", [1, 5, 50])
def test_the_player_is_light_enough_for_a_phone(classification: Scenario, classes_study: StudyResults, shots: int):
    for shown, truth in (prepared(classification, shots), invented(shots, ways=classification.ways)):
        figure = play(classification, classes_study, shown, truth, shots, "zh")
        assert isinstance(figure, Drawing)
        assert 10_000 < len(figure.text()) < LIGHT, "bytes, as they are sent"


@pytest.mark.parametrize("shots", [1, 5, 50])
def test_the_arrow_ends_where_from_scratch_draws_level(scenario: Scenario, study: StudyResults, shots: int):
    curves = {name: study.curve(name) for name in drawn(study)}
    for worth, end in ((None, 50), (12.5, 12.5)):
        figure = labels_curve.labels_chart(
            study.shots, curves, metric=study.metric, at=shots, worth=worth, language="en"
        )
        [arrow] = [note for note in figure.layout.annotations if note.showarrow]
        assert np.exp([arrow.ax, arrow.x]) == pytest.approx([shots, end])
        height = 10**arrow.y if figure.layout.yaxis.type == "log" else arrow.y
        assert arrow.ay == arrow.y
        assert height == pytest.approx(study.at("maml", shots)[0])


@pytest.mark.parametrize("name", [name for name, scenario in SCENARIOS.items() if scenario.regression])
def test_errors_stand_on_an_axis_on_which_they_can_be_told_apart_and_none_of_them_leaves_it(name: str):
    """All fall towards one floor: on a linear axis lie on each other from five points on."""
    study = study_of(name)
    curves = {learner: study.curve(learner) for learner in drawn(study)}
    figure = labels_curve.labels_chart(study.shots, curves, metric=MSE, at=5, worth=None, language="en")
    low, high = figure.layout.yaxis.range
    for trace in figure.data:
        if trace.mode == "lines" and trace.fill is None:
            assert (low <= np.log10(np.array(trace.y))).all()
            assert (np.log10(np.array(trace.y)) <= high).all()
    no_error = curves["bayes"][:, 0].min() < 10**low
    assert any(told.startswith("≤") for told in figure.layout.yaxis.ticktext) == no_error


def test_names_above_a_chart_lie_within_it(scenario: Scenario):
    for name, figure in (chart for view in VIEWED for chart in drawn_once(scenario.name, *view).items()):
        above = [
            note for note in figure.layout.annotations if (note.yref, note.y, note.yanchor) == ("paper", 1, "bottom")
        ]
        for note in above:
            assert (note.yshift or 0) + 14 <= figure.layout.margin.t, (name, note.text)  # px: a line of letters
        of_errors = name == "labels" and scenario.regression
        assert bool(above) == (name == "sketch" or of_errors) or name == "player", name


def test_every_line_has_its_name_and_no_two_the_same_colour(scenario: Scenario, study: StudyResults):
    learners = drawn(study)
    assert len({style.COLOUR[name] for name in learners}) == len(learners)
    for language in LANGUAGES:
        curves = {name: study.curve(name) for name in learners}
        figure = labels_curve.labels_chart(
            study.shots, curves, metric=study.metric, at=5, worth=None, language=language, decision=scenario.decision
        )
        written = " ".join(note.text for note in figure.layout.annotations)
        assert all(style.named(name, language, scenario.decision) in written for name in learners)


def test_drawing_changes_nothing_that_it_was_given(classification: Scenario, classes_study: StudyResults):
    scenario, study = classification, classes_study
    shown, truth = prepared(scenario, 5)
    before = copy.deepcopy((shown, truth, results.content_of(study)))
    for array in (*shown.walks.values(), *shown.walk_scores.values(), truth):
        array.setflags(write=False)
    play(scenario, study, shown, truth, 5, "en")
    list(every_chart(scenario, study, "en", 5))
    np.testing.assert_equal((vars(shown), truth), (vars(before[0]), before[1]))
    assert results.content_of(study) == before[2]  # plain lists, which that would compare number by number


def test_a_missing_ceiling_is_left_out(classification: Scenario, classes_study: StudyResults):
    shown, truth = prepared(classification, 5)
    answers, scores = ({k: v for k, v in part.items() if k != "bayes"} for part in (shown.answers, shown.scores))
    without = DemoTask(shown.walks, shown.walk_scores, shown.evaluation_step, answers, scores)
    lines = [len(play(classification, classes_study, some, truth, 5, "en").data) for some in (shown, without)]
    assert lines[0] == lines[1] + ("bayes" in shown.scores)


def luminance(colour: str) -> float:
    channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    return float(
        np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_colour_can_be_read_on_the_background(theme: str):
    """WCAG 2: at least 4.5 to 1 for text; a line's name stands in the line's colour."""
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"][theme]
    named = [settings[key] for key in ("textColor", "primaryColor", "blueTextColor", "orangeTextColor")]
    for colour in [*settings["chartCategoricalColors"], *named]:
        light, dark = sorted([luminance(colour), luminance(settings["backgroundColor"])], reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, colour


def test_every_learner_has_a_colour_of_the_theme_and_its_own_name():
    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))["theme"]
    colours = sorted(set(style.COLOUR.values()))  # those that never meet in one chart may share one
    assert colours == [f"#{number:06}" for number in range(1, len(colours) + 1)]
    assert all(len(settings[theme]["chartCategoricalColors"]) == len(colours) for theme in ("light", "dark"))
    assert style.LOOKS.keys() == registry.REGISTRY.keys()
    assert len({style.named(name, "zh") for name in style.LOOKS}) == len(style.LOOKS)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_learner_has_a_name_that_fits_into_a_list_and_into_brackets(language: Language):
    contexts = ("", "league", "rates", "training", *DECISIONS)
    names = {style.named(name, language, context) for name in style.LOOKS for context in contexts}
    names |= {contenders.name_of(name)[language] for classes in (0, 2) for name in contenders.available(classes)}
    assert [name for name in names if re.search("[(),（），、]", name)] == []


def test_a_page_says_that_inner_steps_have_diverged_on_its_task(scenario: Scenario):
    shown = precomputed.read(scenario.name, precomputed.SEED, precomputed.DRAW, 5)
    assert shown is not None
    assert facts.divergence(scenario, shown) is None
    useless = np.full_like(shown.walks["maml"], FARTHEST if scenario.regression else 1 / scenario.ways)
    text = facts.divergence(scenario, replace(shown, walks=shown.walks | {"maml": useless}))
    assert text is not None
    assert text.en.startswith("**Meta-learned diverged")
    assert text.zh.startswith("**元学习在这")
