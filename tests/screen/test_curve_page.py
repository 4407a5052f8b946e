"""Promise: the picture of a regression scenario shows what learners make of a few points, a reader's own included."""

import json

import numpy as np
import plotly.graph_objects as go
import plotly.io
import pytest

from dashboard import permalink, words
from dashboard.charts import style
from dashboard.charts.fits import Frame, Truth, fits_chart
from dashboard.charts.player import Averages
from dashboard.permalink import MOST_POINTS, View
from dashboard.views.curve_page import truth_of
from dashboard.views.fits_panel import CHART
from dashboard.views.points_panel import frame_of, inside
from scenarios.catalog import SCENARIOS
from scenarios.demo import precomputed
from scenarios.demo.precomputed import GRID, DemoTask, curve_grid, sample_demo_task
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners.registry import TRACED
from scenarios.metrics import MSE
from scenarios.protocol import SHOTS
from scenarios.scenario import Scenario
from scenarios.task import Examples
from scenarios.text import LANGUAGES, Language, Text
from tests.live_server import LiveServer
from tests.visitor import Screen, Visitor

CURVES = [scenario for scenario in SCENARIOS.values() if scenario.regression]
NAMES = [scenario.name for scenario in CURVES]
FRAME = Frame(x=(-5.0, 5.0), y=(-5.2, 5.2), error=6.0)
POINTS = Examples(np.array([[[-1.0], [0.5], [2.0]]]), np.array([[1.0, -1.0, 0.5]]))
STEPS = len(EVALUATION_STEPS)
NONSENSE = ("abc", "1~2~3", "1~nan", "0.1~0.2_", "~", "1e9~0", "_".join(["0.1~0.2"] * (MOST_POINTS + 1)))


def invented(seed: int = 0, *, own: bool = False, best: bool = True) -> DemoTask:
    """What learners make of points, anything at all; `own` ones have no scores."""
    rng = np.random.default_rng(seed)
    answers = {name: rng.normal(size=(GRID, 1)) for name in (*TRACED, "pooled", "least_squares")}
    if best:
        answers["bayes"] = np.stack([rng.normal(size=GRID), rng.uniform(0, 1, GRID)], axis=1)
    return DemoTask(
        walks={name: rng.normal(size=(STEPS, GRID)) for name in TRACED},
        walk_scores={} if own else {name: rng.uniform(0, 5, STEPS) for name in TRACED},
        evaluation_step={"maml": 5, "scratch": 100},
        answers=answers,
        scores={} if own else dict.fromkeys(answers, 1.0),
    )


def averages(seed: int = 0) -> Averages:
    rng = np.random.default_rng(seed)
    return Averages({name: np.sort(rng.uniform(0, 5, (STEPS, 3)))[:, [1, 0, 2]] for name in TRACED}, 0.1, 24)


def draw(shown: DemoTask, truth: Truth | None = None, language: Language = "en", frame: Frame = FRAME) -> go.Figure:
    grid = np.linspace(*frame.x, GRID)
    task = Text(en="wave", zh="条曲线")
    return fits_chart(
        shown, grid, POINTS, truth, averages(), frame, task=task, metric=MSE, axes=("x", "y"), language=language
    )


def some_truth() -> Truth:
    return Truth(np.sin(np.linspace(*FRAME.x, GRID)), noisy=True, offset=0.5)


def axes(figure: go.Figure) -> dict[str, tuple[float, ...]]:
    layout = figure.to_plotly_json()["layout"]
    return {name: tuple(map(float, axis["range"])) for name, axis in layout.items() if name[1:5] == "axis"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("own", [False, True])
@pytest.mark.parametrize("best", [False, True])
def test_the_picture_is_one_that_plotly_accepts_and_a_phone_can_carry(language: Language, own: bool, best: bool):
    figure = draw(invented(own=own, best=best), None if own else some_truth(), language)
    text = plotly.io.to_json(figure)
    go.Figure(json.loads(text))  # raises where a property does not exist
    assert len(text) < 250_000
    assert all(axis.fixedrange for axis in [*figure.select_xaxes(), *figure.select_yaxes()])


def test_there_is_a_frame_for_every_moment_and_it_shows_that_moment():
    shown = invented()
    figure = draw(shown, some_truth())
    frames = {frame.name: frame for frame in figure.frames}
    assert list(frames) == [*map(str, EVALUATION_STEPS), "best"]
    judged = {name: EVALUATION_STEPS.index(shown.evaluation_step[name]) for name in TRACED}
    for name, frame in frames.items():
        assert len(frame.data) == len(frame.traces) == len(set(frame.traces))
        at = judged if name == "best" else dict.fromkeys(TRACED, EVALUATION_STEPS.index(int(name)))
        for place, learner in enumerate(TRACED):
            np.testing.assert_allclose(frame.data[place].y, shown.walks[learner][at[learner]])
            assert figure.data[frame.traces[place]].line.color == figure.data[frame.traces[2 + place]].marker.color
            assert frame.data[2 + place].y[0] == pytest.approx(shown.walk_scores[learner][at[learner]])


def test_every_button_and_every_stop_leads_to_frames_that_exist_and_it_opens_at_the_last():
    figure = draw(invented(), some_truth())
    names = {frame.name for frame in figure.frames}
    targets = [button.args[0] for menu in figure.layout.updatemenus for button in menu.buttons]
    targets += [step.args[0] for slider in figure.layout.sliders for step in slider.steps]
    assert {name for target in targets for name in target if name is not None} == names
    [best] = [frame for frame in figure.frames if frame.name == "best"]
    for trace, moved in zip(best.traces, best.data, strict=True):
        np.testing.assert_array_equal(figure.data[trace].y, moved.y)


def test_a_walk_that_leads_anywhere_is_still_drawn_with_finite_numbers():
    shown = invented()
    shown.walks["scratch"][3:6] = np.nan
    shown.walks["scratch"][6:] = 1e30
    shown.walk_scores["scratch"][3:] = np.inf
    figure = draw(shown, some_truth())
    moved = [data for frame in figure.frames for data in frame.data]
    for trace in [*figure.data, *moved]:
        assert np.isfinite(np.array(trace.y, float)).all()
        assert np.abs(np.array(trace.y, float)).max() < 1000


def test_the_picture_keeps_its_size_and_axes_whatever_is_learnt_from():
    usual = draw(invented(), some_truth())
    for other in (draw(invented(1), some_truth()), draw(invented(2, own=True)), draw(invented(3, best=False))):
        assert (other.layout.height, other.layout.margin) == (usual.layout.height, usual.layout.margin)
        assert axes(other) == axes(usual)


def test_a_task_on_which_a_learner_is_judged_far_off_still_has_its_dots_within_the_axes():
    shown = invented()
    shown.scores["scratch"] = 12.0
    assert axes(draw(shown, some_truth()))["yaxis2"][1] > 12.0


def test_points_without_a_truth_have_neither_curve_nor_scores():
    figure, told = draw(invented(own=True)), draw(invented(), some_truth())
    assert not [trace for trace in figure.data if trace.xaxis == "x2"]
    assert [trace for trace in told.data if trace.xaxis == "x2"]
    assert any("no score" in note.text for note in figure.layout.annotations)
    assert not any("true curve" in note.text for note in figure.layout.annotations)


def test_only_the_lattice_answers_a_press_and_what_it_answers_fits_into_an_address():
    figure = draw(invented(), some_truth())
    lattice, *above = [trace for trace in figure.data if trace.xaxis in (None, "x")]
    assert all(trace.hoverinfo == "skip" for trace in above)
    for point in list(zip(lattice.x, lattice.y, strict=True))[::37]:
        assert FRAME.holds(*point)
        view, refused = permalink.read({"points": permalink.written((point,))}, View())
        assert (refused, view.points) == ((), (pytest.approx(point),))


@pytest.mark.parametrize("scenario", CURVES, ids=NAMES)
def test_the_true_curve_goes_through_the_points_but_for_their_noise(scenario: Scenario):
    for seed in range(5):
        task, examples = sample_demo_task(scenario, seed, 0, 20)
        truth = truth_of(scenario, task, examples)
        assert truth is not None
        x, y = examples.support.x[0, :, 0], examples.support.y[0]
        noiseless = task.signal(x[None])[0]
        np.testing.assert_allclose(np.interp(x, curve_grid(scenario), truth.curve), noiseless, atol=0.01)
        assert truth.noisy == bool(np.abs(y - noiseless).max() > 1e-6)
        assert abs((y - noiseless).mean() - truth.offset) < 0.3


@pytest.mark.parametrize("scenario", CURVES, ids=NAMES)
def test_the_grid_of_curves_and_the_picture_cover_what_a_task_can_show(scenario: Scenario):
    from dashboard import results

    frame = frame_of(scenario, results.study(scenario.name))
    _, examples = sample_demo_task(scenario, 3, 0, 20)
    assert (frame.x[0], frame.x[1]) == (curve_grid(scenario)[0], curve_grid(scenario)[-1])
    assert frame.x[0] <= examples.query.x.min() < examples.query.x.max() <= frame.x[1]
    assert max(map(abs, (*frame.x, *frame.y))) <= permalink.FARTHEST_POINT
    assert inside(((1e3, 0.0), (frame.x[0], frame.y[0])), frame) == ((frame.x[0], frame.y[0]),)


@pytest.mark.parametrize("scenario", CURVES, ids=NAMES)
def test_what_was_made_beforehand_is_finite_and_drawn_along_the_whole_grid(scenario: Scenario):
    for shots in SHOTS:
        shown = precomputed.read(scenario.name, precomputed.SEED, precomputed.DRAW, shots)
        assert shown is not None
        for curve in [*shown.walks.values(), *(answer.T for answer in shown.answers.values())]:
            assert curve.shape[-1] == GRID
            assert np.isfinite(curve).all()
        assert np.ptp(shown.walks["maml"]) > 0, "all curves stand at one place"


def figure_of(screen: Screen) -> dict:
    [chart] = [chart for chart in screen.elements("plotly_chart") if chart.id.endswith(CHART)]
    return json.loads(chart.spec)


def said(screen: Screen) -> str:
    return screen.words()


def numbers(values: object) -> np.ndarray:
    """Plotly sends long arrays in Base64."""
    import base64

    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).astype(float)
    return np.array(values, float)


@pytest.mark.parametrize("name", NAMES[:1])  # one code for all: the worker compiles one of them
def test_own_points_in_the_address_are_what_everybody_learns_from(server: LiveServer, name: str):
    across = curve_grid(SCENARIOS[name])
    points = ((float(across[12].round(2)), 1.0), (float(across[100].round(2)), -1.5))
    with Visitor(server.address) as visitor:
        screen = visitor.open(name, points=permalink.written(points))
        assert (screen.errors(), screen.crashes()) == ([], [])
        assert "Your own points: 2" in said(screen)
        assert visitor.address()["points"] == permalink.written(points)
        assert "points=" in screen.link()
        traces = figure_of(screen)["data"]
        dots = [trace for trace in traces if trace["mode"] == "markers" and len(numbers(trace["x"])) == len(points)]
        assert any(tuple(zip(numbers(t["x"]), numbers(t["y"]), strict=True)) == points for t in dots)
        reference_learner = style.DASH[SCENARIOS[name].reference_learner]
        line = next(t for t in traces if t["mode"] == "lines" and t["line"].get("dash") == reference_learner)
        rise = numbers(line["y"])
        assert rise[12] > rise[100], "what the textbook would draw follows the points"
        assert not [trace for trace in traces if trace.get("xaxis") == "x2"], "nobody knows their truth"


@pytest.mark.parametrize("points", NONSENSE)
def test_nonsense_instead_of_points_is_refused_gently(server: LiveServer, points: str):
    with Visitor(server.address) as visitor:
        screen = visitor.open(NAMES[0], points=points)
        assert (screen.errors(), screen.crashes()) == ([], [])
        assert "points" not in visitor.address()
        assert words.REFUSED.format(parts=words.PARTS["points"]["en"])["en"] in said(screen)
        assert "Your own points" not in said(screen)


def test_points_that_lie_outside_this_chart_are_left_out_and_it_is_said(server: LiveServer):
    scenario = CURVES[0]
    x = scenario.features[0].low
    with Visitor(server.address) as visitor:
        screen = visitor.open(scenario.name, points=permalink.written(((x, 0.5), (x, 19.5), (-19.0, 0.0))))
        assert (screen.errors(), screen.crashes()) == ([], [])
        assert "Your own points: 1" in said(screen)
        assert "were ignored: 2" in said(screen)


def test_points_are_added_undone_and_given_up(server: LiveServer):
    with Visitor(server.address) as visitor:
        visitor.open(NAMES[0], seed=3)
        assert "Your own points: 1" in said(visitor.press("own_add"))
        first = visitor.address()["points"]
        assert "Your own points: 2" in said(visitor.press_in_chart(CHART, 0.5, 1.25))
        assert visitor.address()["points"] == f"{first}_0.5~1.25"
        visitor.press("own_undo")
        assert visitor.address()["points"] == first
        assert "Your own points" not in said(visitor.press("own_back"))
        assert "points" not in visitor.address()
        assert visitor.address()["seed"] == "3"


def test_there_is_an_end_to_the_points(server: LiveServer):
    many = tuple((round(0.04 * i, 2), 0.5) for i in range(MOST_POINTS))
    with Visitor(server.address) as visitor:
        visitor.open(NAMES[0], points=permalink.written(many))
        screen = visitor.press_in_chart(CHART, 0.5, 1.25)
        assert (screen.errors(), screen.crashes()) == ([], [])
        assert visitor.address()["points"] == permalink.written(many)
