"""Promise: a reader's own training gives what one go gives, outlives what happens around it, and leaves nothing."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import tensorflow as tf

from dashboard import long_work, remote, training, words
from dashboard.engine import Engine
from scenarios.catalog import SCENARIOS
from scenarios.command_line import parser
from scenarios.demo import demo_task, one_example, user_training_chunks
from scenarios.demo.user_training import (
    LEARNERS,
    SHOTS,
    ReferenceScores,
    TrainingConfig,
    TrainingState,
    offered,
    recipe_of,
)
from scenarios.errors import UserError
from scenarios.evaluation import curves
from scenarios.learners import fitting, meta_learned, registry, tuning
from scenarios.learners.tuning import TUNING_SHOTS
from scenarios.meta_learner import weights
from scenarios.meta_learner.meta_train import meta_train
from scenarios.scenario import Scenario
from scenarios.text import Text
from tests.live_server import PATIENCE, wait_until

STEPS = 8


def few(scenario: Scenario, learner: str = "maml", steps: int = STEPS) -> TrainingConfig:
    return TrainingConfig(scenario.name, learner, meta_steps=steps, train_tasks=30, inner_steps=1)


def trained(choice: TrainingConfig) -> list[TrainingState]:
    """Chunk after chunk, to the end."""
    stands = [user_training_chunks.train_on(choice)]
    while stands[-1].steps < choice.meta_steps:
        stands.append(user_training_chunks.train_on(choice, stands[-1].state))
    return stands


@pytest.fixture(autouse=True)
def few_validation_tasks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Validate on a tenth of the tasks: what is measured on them is the same."""
    monkeypatch.setattr(user_training_chunks, "TASKS", 20)
    for cached in (user_training_chunks._validation, user_training_chunks.reference_scores):
        cached.cache_clear()
    yield
    for cached in (user_training_chunks._validation, user_training_chunks.reference_scores):
        cached.cache_clear()


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of three steps."""
    monkeypatch.setattr(user_training_chunks, "CHUNK_SECONDS", 0.0)
    monkeypatch.setattr(user_training_chunks, "_AT_ONCE", 3)


@pytest.fixture
def hurried(short: None, uncompiled: None) -> None:
    """The same, where compiling would take longer than they do."""


# -- in the worker ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("hurried")
def test_chunk_after_chunk_gives_the_weights_of_one_go(kind: Scenario):
    choice = few(kind, "meta_sgd")
    stands = trained(choice)
    assert [stand.steps for stand in stands] == [3, 6, STEPS]
    *_, last = meta_train(kind, recipe_of(choice), user_training_chunks.SEED)
    expected = meta_learned.kept(last.state, recipe_of(choice))
    found = weights.from_bytes(stands[-1].weights, Path("own.npz"), kind, "meta_sgd")
    for name, array in expected.arrays.items():
        np.testing.assert_allclose(found.arrays[name], array, atol=1e-6)
    assert found.metadata["settings"] == expected.metadata["settings"]
    assert found.metadata["steps"] == STEPS
    again = user_training_chunks.train_on(choice, stands[-1].state)
    assert (again.steps, again.score) == (STEPS, stands[-1].score), "what is done is not done again"


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("learner", LEARNERS)
def test_every_strategy_is_judged_and_its_file_answers_as_it_does(kind: Scenario, learner: str):
    if learner not in offered(kind):
        return
    stand = user_training_chunks.train_on(few(kind, learner, steps=2))
    assert np.isfinite([stand.loss, stand.score]).all()
    assert stand.pace > 0
    episode = user_training_chunks._validation(kind.name)
    answer = fitting.from_bytes(kind, "maml", stand.weights).predict(episode)
    assert kind.metric.compute(answer, episode.query.y).mean() == pytest.approx(stand.score)


def test_validation_tasks_are_met_nowhere_else(kind: Scenario):
    own = user_training_chunks._validation(kind.name)
    assert (own.tasks, own.shots) == (user_training_chunks.TASKS, SHOTS)
    pool = user_training_chunks.draw_pool(kind, recipe_of(few(kind)), user_training_chunks.SEED)
    fresh = curves.fresh_episode(kind, tasks=20, shots=SHOTS, queries=20, seed=user_training_chunks.SEED)
    tuned_on = next(e for k, e in tuning.tuning_episodes(kind, user_training_chunks.SEED) if k == SHOTS)
    assert SHOTS in TUNING_SHOTS
    mine = {task[:SHOTS].tobytes() for task in own.query.x}
    for other in (pool.query_x.numpy(), fresh.query.x, tuned_on.query.x):
        assert not mine & {task[:SHOTS].tobytes() for task in other}


def test_the_reference_is_the_best_from_scratch_learner_and_the_bayes_optimal_predictor(kind: Scenario):
    found = user_training_chunks.reference_scores(kind.name)
    assert found.from_scratch in registry.published(kind, registry.Rung.LOCAL)
    episode, sign = user_training_chunks._validation(kind.name), kind.metric.sign
    for name in ("scratch", kind.reference_learner):
        answer = fitting.load(kind, name).predict(episode)
        assert sign * kind.metric.compute(answer, episode.query.y).mean() <= sign * found.scratch + 1e-9, name
    assert (found.bayes > found.scratch) == kind.metric.higher_is_better
    assert user_training_chunks.reference_scores(kind.name) is found


@pytest.mark.parametrize(("scratch", "bayes"), [(0.7, 0.9), (4.0, 1.0)])
def test_the_gap_runs_from_scratch_to_the_best_possible_whichever_way_scores_go(scratch: float, bayes: float):
    reference_scores = ReferenceScores("scratch", scratch, bayes, tasks=2, queries=3)
    assert [reference_scores.gap_closed(score) for score in (scratch, bayes)] == [0, 1]
    assert reference_scores.gap_closed((scratch + bayes) / 2) == pytest.approx(0.5)
    assert reference_scores.gap_closed(2 * scratch - bayes) == pytest.approx(-1)


# -- the file ---------------------------------------------------------------------------------------------------------


@cache
def downloaded(name: str, learner: str = "meta_sgd") -> bytes:
    """Train for a few steps, without the graph: it takes longer to compile than they do."""
    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        return user_training_chunks.train_on(few(SCENARIOS[name], learner)).weights
    finally:
        tf.config.run_functions_eagerly(before)


@pytest.fixture
def file(kind: Scenario, tmp_path: Path, hurried: None) -> Path:
    """What the page offers for download."""
    path = tmp_path / f"{kind.name}.meta_sgd.npz"
    path.write_bytes(downloaded(kind.name))
    return path


def predict(scenario: Scenario, folder: Path, file: Path, learner: str = "maml") -> int:
    episodes, out = folder / "episodes.npz", folder / "answers.npz"
    parser.main(["sample", scenario.name, "--tasks", "2", "--shots", "3", "--queries", "5", "--out", str(episodes)])
    flags = ["--learner", learner, "--weights", str(file), "--episodes", str(episodes), "--out", str(out)]
    return parser.main(["predict", scenario.name, *flags])


def test_predict_accepts_the_file_by_its_own_recipe(kind: Scenario, tmp_path: Path, file: Path):
    assert predict(kind, tmp_path, file) == 0
    with np.load(tmp_path / "episodes.npz") as asked, np.load(tmp_path / "answers.npz") as said:
        queries = asked["query_x"].shape[1]
        answer = said["predictions" if kind.regression else "probabilities"]
    assert answer.shape == (2, queries, kind.ways)
    assert np.isfinite(answer).all()


@pytest.mark.parametrize("spoil", ["cut short", "text", "missing", "of another scenario", "no settings"])
def test_a_file_that_is_damaged_or_foreign_is_refused_in_one_line(
    kind: Scenario, tmp_path: Path, file: Path, spoil: str, capsys: pytest.CaptureFixture[str]
):
    content = file.read_bytes()
    if spoil == "cut short":
        file.write_bytes(content[: len(content) // 2])
    elif spoil == "text":
        file.write_text("these are no weights")
    elif spoil == "missing":
        file.unlink()
    elif spoil == "of another scenario":
        other = next(s for s in SCENARIOS.values() if s.name != kind.name)
        file.write_bytes(weights.path_of(other, "maml").read_bytes())
    else:
        with np.load(file) as opened:
            arrays = dict(opened)
        arrays["recipe"] = np.array(str(arrays["recipe"]).replace('"settings"', '"setting"'))
        np.savez(file, **arrays)
    capsys.readouterr()
    assert predict(kind, tmp_path, file) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert file.name in said
    assert not (tmp_path / "answers.npz").exists()


def test_what_is_computed_reads_no_weights(kind: Scenario, tmp_path: Path, file: Path):
    assert predict(kind, tmp_path, file, "bayes") == 2


# -- on a page --------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("short")
def test_a_readers_own_learner_stands_in_for_the_shipped_one_and_for_nobody_else(kind: Scenario):
    own = downloaded(kind.name, "maml")
    shipped, shown = demo_task.adapt_to(kind.name, 5, 0, SHOTS), demo_task.adapt_to(kind.name, 5, 0, SHOTS, (), own)
    assert shipped.answers.keys() == shown.answers.keys()
    for name in shipped.answers:
        assert np.array_equal(shipped.answers[name], shown.answers[name]) == (name != "maml")
    assert shown.evaluation_step["maml"] == 1


def test_what_is_offered_live_is_what_suits_the_scenario(scenario: Scenario):
    assert set(offered(scenario)) == set(LEARNERS) & set(registry.suitable(scenario))


@pytest.mark.usefixtures("short")
def test_a_learner_that_answers_in_one_go_stands_where_it_is():
    scenario = next(s for s in SCENARIOS.values() if s.decision == "lending")
    weights = downloaded(scenario.name, "prototypes")
    shown = demo_task.adapt_to(scenario.name, 5, 0, SHOTS, (), weights)
    assert shown.evaluation_step["maml"] == 0
    assert (shown.walks["maml"] == shown.walks["maml"][:1]).all()
    np.testing.assert_allclose(shown.walks["maml"][0], shown.answers["maml"][:, -1])
    explained = one_example.contributions(scenario.name, 5, 0, SHOTS, 7, weights)
    share = 1 / (1 + np.exp(-explained.usual - explained.adds.sum()))
    assert share == pytest.approx(shown.risk("maml")[6], abs=1e-3)


@pytest.mark.usefixtures("short")
def test_a_learner_of_numbers_that_answers_in_one_go_draws_one_curve():
    scenario = next(s for s in SCENARIOS.values() if s.regression)
    shown = demo_task.adapt_to(scenario.name, 5, 0, SHOTS, (), downloaded(scenario.name, "ridge"))
    assert shown.evaluation_step["maml"] == 0
    assert (shown.walks["maml"] == shown.walks["maml"][:1]).all()
    np.testing.assert_allclose(shown.walks["maml"][0], shown.answers["maml"][:, 0])
    assert (shown.answers["maml"][:, 1] > 0).all()


def test_damaged_weights_are_told_to_the_reader(kind: Scenario):
    with pytest.raises(UserError, match="damaged"):
        demo_task.adapt_to(kind.name, 5, 0, SHOTS, (), b"no weights")


# -- in the web process -----------------------------------------------------------------------------------------------


class Worker:
    """Counts to `meta_steps` in tens, and fails when it is told to."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.error: Exception | None = None

    def __call__(self, choice: TrainingConfig, state: dict[str, np.ndarray] | None) -> TrainingState:
        begun = int(state["step"]) if state else 0
        self.asked.append(begun)
        if self.error:
            raise self.error
        step = min(begun + 10, choice.meta_steps)
        return TrainingState({"step": np.array(step)}, step, 1 / step, step / 100, 0.01, f"weights {step}".encode())


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Worker]:
    """A visit of its own, and a worker that is quick."""
    worker = Worker()
    engine = Engine(lambda: _one_thread(), PATIENCE)
    visit = SimpleNamespace(session_state={})
    for module in (long_work, training):
        monkeypatch.setattr(module, "st", visit)
        monkeypatch.setattr(module, "ENGINE", engine)
    monkeypatch.setattr(long_work, "SLOTS", long_work.Slots(long_work.AT_ONCE))
    monkeypatch.setattr(remote.user_training_chunks, "train_on", worker)
    monkeypatch.setattr(
        remote.user_training_chunks,
        "reference_scores",
        lambda name: ReferenceScores("scratch", 0.1, 0.9, tasks=2, queries=3),
    )
    yield worker
    engine.close()


def _one_thread() -> Executor:
    return ThreadPoolExecutor(1)


CHOICE = TrainingConfig("anywhere", "maml", meta_steps=35, train_tasks=30, inner_steps=1)


def watch(until: Callable[[training.Training], bool]) -> training.Training:
    """Look again and again, as the page does."""
    end = time.monotonic() + PATIENCE
    while not until(now := training.look()):
        assert time.monotonic() < end, "it never came so far"
        time.sleep(0.005)
    return now


def test_a_training_that_is_watched_runs_to_its_end_and_stops(worker: Worker):
    training.begin(CHOICE)
    done = watch(lambda now: now.done)
    assert [steps for steps, *_ in done.history] == [10, 20, 30, 35]
    assert (done.running, done.job, done.seconds_left) == (False, None, 0)
    assert training.look() == done
    assert not watch(lambda now: not now.restless).running
    assert done.reference.answer().bayes == 0.9
    assert worker.asked == [0, 10, 20, 30]


def test_nothing_runs_while_nobody_looks(worker: Worker):
    training.begin(CHOICE)
    watch(lambda now: now.steps >= 10)
    assert training.current().job.wait(PATIENCE)
    time.sleep(0.1)
    assert len(worker.asked) == 2, "the chunk that had begun, and no other"
    assert training.look().steps == 20


def test_paused_it_keeps_what_the_last_chunk_makes_and_goes_on_from_there(worker: Worker):
    training.begin(CHOICE)
    watch(lambda now: now.steps >= 10)
    training.pause()
    paused = watch(lambda now: now.job is None)
    assert (paused.steps, paused.running) == (20, False)
    assert worker.asked == [0, 10]
    training.resume()
    assert watch(lambda now: now.done).steps == 35
    assert worker.asked == [0, 10, 20, 30]


def test_cancelled_it_is_gone_and_what_still_runs_brings_nothing_back(worker: Worker):
    training.begin(CHOICE)
    training.look()
    training.cancel()
    wait_until(lambda: training.ENGINE.stats().running == 0, "the chunk does not end")
    assert training.look() is None
    assert training.st.session_state == {}
    training.begin(CHOICE)
    assert training.current().steps == 0


@pytest.mark.parametrize("error", [UserError(Text(en="No paper.", zh="没有纸。")), ZeroDivisionError("ours")])
def test_a_chunk_that_fails_costs_that_chunk_only(worker: Worker, error: Exception):
    training.begin(CHOICE)
    watch(lambda now: now.steps >= 10)
    worker.error = error
    stopped = watch(lambda now: not now.running)
    assert stopped.trouble == (error.text if isinstance(error, UserError) else words.FAILED)
    assert stopped.steps in (10, 20)
    worker.error = None
    training.resume()
    assert training.current().trouble is None
    assert watch(lambda now: now.done).steps == 35


def test_a_learner_is_used_on_its_own_scenario_until_it_is_given_back(worker: Worker):
    training.use()
    assert training.own("anywhere") is None, "there is none yet"
    training.begin(CHOICE)
    watch(lambda now: now.done)
    training.use()
    training.cancel()
    assert training.own("anywhere").weights == b"weights 35"
    assert training.own("elsewhere") is None
    training.give_back()
    assert training.own("anywhere") is None


def test_a_chunk_that_waits_is_dropped_with_its_connection_and_asked_for_again_when_that_is_back(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
):
    connected = [True]
    monkeypatch.setattr(long_work, "_is_connected", lambda session: connected[0])
    training.begin(CHOICE)
    watch(lambda now: now.steps >= 10)
    training.look()
    watch(lambda now: now.job is not None)
    connected[0] = False
    time.sleep(0.2)
    asked = len(worker.asked)
    watch(lambda now: now.job is not None)  # a page whose connection is lost looks for the last time
    time.sleep(0.2)
    assert len(worker.asked) == asked, "a chunk was begun that nobody waits for"
    connected[0] = True
    done = watch(lambda now: now.done)
    assert (done.steps, done.trouble) == (35, None)


def test_only_a_few_train_at_a_time_and_the_next_one_begins_when_one_has_finished():
    slots = long_work.Slots(2)
    assert [slots.request(name) for name in "abcd"] == [0, 0, 1, 2]
    assert [slots.request(name) for name in "abcd"] == [0, 0, 1, 2], "to ask again changes nothing"
    slots.release("a")
    assert [slots.request(name) for name in "bcd"] == [0, 0, 1]
    slots.release("nobody")


def test_who_has_left_the_page_gives_up_their_slot_and_who_trains_long_lets_others_go_first(
    monkeypatch: pytest.MonkeyPatch,
):
    clock = [1000.0]
    monkeypatch.setattr(long_work, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    slots = long_work.Slots(1)
    assert [slots.request("long"), slots.request("left"), slots.request("next")] == [0, 1, 2]
    for _ in range(int(long_work.TURN / 5) + 1):  # everybody looks now and then, except for one
        clock[0] += 5
        places = [slots.request("long"), slots.request("next")]
    assert places == [1, 0]
    clock[0] += long_work.AWAY + 1
    assert slots.request("long") == 0


def test_a_training_without_a_slot_waits_and_says_its_place(worker: Worker, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(long_work, "SLOTS", long_work.Slots(1))
    long_work.SLOTS.request("somebody else")
    training.begin(CHOICE)
    assert training.look().place == 1
    assert (training.look().job, worker.asked, training.look().restless) == (None, [], True)
    long_work.SLOTS.release("somebody else")
    assert watch(lambda now: now.done).place == 0


def test_work_that_rests_does_not_give_up_the_slot_of_the_visits_other_work(
    worker: Worker, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(long_work, "SLOTS", long_work.Slots(1))
    training.begin(CHOICE)
    watch(lambda now: now.done)
    assert long_work.SLOTS.request("") == 0, "as a model does that is fitted on the page of a comparison which rests"
    training.look()
    assert long_work.SLOTS.request("somebody else") == 1
    assert worker.asked
