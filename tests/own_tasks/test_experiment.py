"""Promise: the comparison on a table agrees with independent programs, is resumable, and its files are complete."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import balanced_accuracy_score, mean_squared_error, roc_auc_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler

from scenarios.episode import Draw, open_episode
from scenarios.errors import UserError
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.learners import fewer_tasks, inputs
from scenarios.medical_diagnosis.scenario import SCENARIO as MEDICAL
from scenarios.own_tasks import experiment, health, intervals, methods, results
from scenarios.task import Examples
from tests.own_tasks.tables import compared, digit_pairs, made_up, source


@pytest.fixture(autouse=True)
def few_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(methods, "TUNING_TRIALS", 24)
    monkeypatch.setattr(experiment, "_DIVISIONS", 1)


def assert_agree(one, other: np.ndarray) -> None:
    """Whether two means over the same tasks, of other labelled rows, agree within their intervals."""
    expected = mean_with_interval(other)
    assert abs(one.mean - expected.mean) < np.hypot(one.high - one.mean, expected.high - expected.mean), (one, expected)


def independent(frame: pd.DataFrame, shots: int, fit_and_score, repeats: int = 8) -> np.ndarray:
    """Return each task's mean score by a program that shares nothing with ours: scaled on other tasks, redrawn."""
    features = [name for name in frame if name not in ("site", "label")]
    found = []
    for place, site in enumerate(frame["site"].unique()):
        here, others = frame[frame["site"] == site], frame[frame["site"] != site]
        scaler = StandardScaler().fit(others[features].to_numpy())
        rng, values = np.random.default_rng(1000 + place), []
        for _ in range(repeats):
            mixed = here.sample(frac=1, random_state=int(rng.integers(1 << 30)))
            is_number = pd.api.types.is_float_dtype(frame["label"])
            chosen = mixed.head(shots) if is_number else mixed.groupby("label").head(shots)
            asked = mixed.drop(chosen.index)
            parts = [
                (scaler.transform(part[features].to_numpy()), part["label"].to_numpy()) for part in (chosen, asked)
            ]
            values.append(fit_and_score(*parts[0], *parts[1]))
        found.append(np.mean(values))
    return np.array(found)


def pooled(frame: pd.DataFrame, fit_and_score) -> np.ndarray:
    """Return each task's score by an independent model of all rows of the other tasks, scaled on them."""
    features = [name for name in frame if name not in ("site", "label")]
    found = []
    for site in frame["site"].unique():
        here, others = frame[frame["site"] == site], frame[frame["site"] != site]
        scaler = StandardScaler().fit(others[features])
        parts = [(scaler.transform(part[features]), part["label"].to_numpy()) for part in (others, here)]
        found.append(fit_and_score(*parts[0], *parts[1]))
    return np.array(found)


def test_on_pairs_of_digits_local_and_pooled_methods_agree_with_scikit_learn(tmp_path: Path):
    frame = digit_pairs(13, 12)
    found = compared(source(frame), tmp_path, ("pooled_linear", "neighbours", "logistic"))

    def logistic(x, y, query_x, query_y):
        model = LogisticRegression(C=0.1, max_iter=1000).fit(x, y)
        return roc_auc_score(query_y == "low", model.decision_function(query_x))

    by_logistic = independent(frame, 5, logistic)
    assert_agree(found.methods["logistic"].points["5"].score, by_logistic)

    def neighbours(x, y, query_x, query_y):
        chances = KNeighborsClassifier(5, weights="distance").fit(x, y).predict_proba(query_x)
        return roc_auc_score(query_y == "low", chances[:, 1])

    by_neighbours = independent(frame, 5, neighbours)
    assert_agree(found.methods["neighbours"].points["5"].score, by_neighbours)

    def one_for_all(x, y, query_x, query_y):
        model = LogisticRegression(C=0.01, max_iter=2000).fit(x, y)
        return roc_auc_score(query_y == "low", model.decision_function(query_x))

    by_pooled = pooled(frame, one_for_all)
    assert_agree(found.methods["pooled_linear"].points["5"].score, by_pooled)
    assert min(by_logistic.mean(), by_neighbours.mean()) > by_pooled.mean() + 0.1
    assert found.advice.method in ("logistic", "neighbours"), "the winner is the same: the two are as good"


def cut(x: np.ndarray, y: np.ndarray, tasks: int) -> pd.DataFrame:
    """Return a data set cut at random into tasks, each with its share of every class."""
    rng, site = np.random.default_rng(0), np.zeros(len(y), int)
    for each in np.unique(y) if y.dtype.kind in "iU" else [None]:
        rows = np.flatnonzero(y == each) if each is not None else np.arange(len(y))
        site[rng.permutation(rows)] = np.arange(len(rows)) % tasks
    return pd.DataFrame(x, columns=[f"x{place}" for place in range(x.shape[1])]).assign(site=site, label=y)


def test_on_tasks_that_are_alike_the_pooled_model_wins_as_in_scikit_learn(tmp_path: Path):
    x, y = load_breast_cancer(return_X_y=True)
    frame = cut(x, y.astype(str), 8)
    found = compared(source(frame), tmp_path, ("pooled_linear", "lda", "random_effects_lda"))

    def one_for_all(x, y, query_x, query_y):
        model = LogisticRegression(C=0.1, max_iter=2000).fit(x, y)
        return roc_auc_score(query_y == "1", model.decision_function(query_x))

    by_pooled = pooled(frame, one_for_all)
    assert_agree(found.methods["pooled_linear"].points["5"].score, by_pooled)

    def shrunken(x, y, query_x, query_y):
        model = LinearDiscriminantAnalysis(solver="lsqr", shrinkage=0.5).fit(x, y)
        return roc_auc_score(query_y == "1", model.decision_function(query_x))

    by_lda = independent(frame, 5, shrunken)
    assert_agree(found.methods["lda"].points["5"].score, by_lda)
    assert by_pooled.mean() > by_lda.mean()
    assert found.advice.method == "pooled_linear", "the same winner"
    assert by_pooled.mean() > 0.98
    assert not found.advice.pays


def test_several_divisions_are_averaged_by_task_and_enter_the_interval(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(experiment, "_DIVISIONS", 2)
    found = compared(source(made_up(14, 16)), tmp_path, ("pooled_linear", "lda"), shots=(2,))
    pooled, local = (found.methods[name].points["2"] for name in ("pooled_linear", "lda"))
    assert pooled.by_division.shape == pooled.parts.shape == (2, 14)
    assert local.by_division.shape == (1, 14), "local labels alone: others do not matter"
    assert not np.array_equal(pooled.parts[0], pooled.parts[1])
    np.testing.assert_allclose(pooled.scores, pooled.by_division.mean(0))
    assert pooled.score == intervals.over_divisions(pooled.by_division, pooled.parts, 0.8)
    assert found.protocol.share() == 0.8


def test_on_three_wines_balanced_accuracies_and_the_winner_are_those_of_scikit_learn(tmp_path: Path):
    x, y = load_wine(return_X_y=True)
    frame = cut(x, np.array(["a", "b", "c"])[y], 5)
    found = compared(source(frame), tmp_path, ("pooled_linear", "logistic"))
    assert found.metric_id == "accuracy"

    def logistic(x, y, query_x, query_y):
        return balanced_accuracy_score(query_y, LogisticRegression(max_iter=1000).fit(x, y).predict(query_x))

    by_local, by_pooled = independent(frame, 5, logistic), pooled(frame, logistic)
    assert_agree(found.methods["logistic"].points["5"].score, by_local)
    assert_agree(found.methods["pooled_linear"].points["5"].score, by_pooled)
    assert by_pooled.mean() > by_local.mean()
    assert found.advice.method == "pooled_linear", "the same winner"


def test_on_diabetes_errors_in_units_and_the_winner_are_those_of_scikit_learn(tmp_path: Path):
    x, y = load_diabetes(return_X_y=True)
    frame = cut(x, y.astype(float), 8)
    found = compared(source(frame), tmp_path, ("pooled_linear", "least_squares"), shots=(10,))
    assert found.metric_id == "mse"
    assert found.table.classes is None

    def ridge(x, y, query_x, query_y):
        # Of the label beside its mean in all of the table, which our methods know of the other tasks.
        return mean_squared_error(query_y, Ridge(10).fit(x, y - 152.0).predict(query_x) + 152.0)

    by_local, by_pooled = independent(frame, 10, ridge), pooled(frame, ridge)
    assert_agree(found.methods["least_squares"].points["10"].score, by_local)
    assert_agree(found.methods["pooled_linear"].points["10"].score, by_pooled)
    assert 2500 < by_pooled.mean() < 3500 < by_local.mean(), "as a linear model has on this data set"
    assert found.advice.method == "pooled_linear", "the same winner"


@pytest.mark.parametrize("others", [24, 300])
def test_on_a_medical_table_random_effects_score_as_evaluate_says(others: int, monkeypatch: pytest.MonkeyPatch):
    kinds = ("encoded", "normal_scores")
    monkeypatch.setattr(inputs, "suitable", lambda scenario: kinds[: 1 if scenario.is_demonstrated else 2])  # for speed
    tasks, each = others + 100, 30
    drawn = MEDICAL.sample_tasks(np.random.default_rng([9, 9]), tasks).support(np.random.default_rng(4), each)
    found, ideal = (
        experiment.measured("random_effects_lda", range(others, tasks), range(others), [5], [5], 4, 0, source(frame))
        for frame in (
            pd.DataFrame(x.reshape(-1, x.shape[-1]))
            .add_prefix("x")
            .assign(site=np.repeat(np.arange(tasks), 2 * each), label=drawn.y.ravel())
            for x in (drawn.x, MEDICAL.encode(drawn.x))
        )
    )
    scores, best = (np.array(each["shots"]["5"]["scores"]) for each in (found, ideal))
    assert mean_with_interval(best - scores).mean < 0.006, "heavy tails of laboratory values cost little"
    learner = fewer_tasks.learner(MEDICAL, "random_effects_lda", others, 28, 1, Path(), lambda done, word: None)
    labelled, asked = (
        Examples(drawn.x[others:, rows], drawn.y[others:, rows]) for rows in (slice(10), slice(10, None))
    )
    episode = open_episode(MEDICAL, Draw(labelled, asked), room=5)
    expected = MEDICAL.metric.compute(learner.predict(episode), asked.y)
    assert_agree(mean_with_interval(scores), expected)
    assert len(found["strangeness"]) == 100


def test_priors_learn_from_all_rows_of_tasks_with_three_of_a_class(tmp_path: Path):
    frame = made_up(8, 24)
    ordinal = frame.groupby(["site", "label"]).cumcount()
    table = source(frame[(frame["label"] == "no") | (ordinal < 3) | (frame["site"] == "site 7")])
    for name in ("pooled_covariance_lda", "random_effects_lda", "random_effects_logistic"):
        found = experiment.measured(name, [6], [0, 1, 2, 3, 4, 5, 7], [1], [1], 4, 0, table)
        assert found.get("unfit") is None, "one row of a class in each task would have no variance within a class"
        assert found["shots"]["1"]["scores"][0] > 0.5
    with pytest.raises(UserError, match="too few training tasks"):
        methods.prior_rows(experiment.encoded(table, np.arange(8))[0], np.array([], int), 0)


def test_a_method_whose_equations_have_no_solution_when_it_predicts_is_left_out(tmp_path: Path, monkeypatch):
    class Singular:
        def predict(self, episode):
            raise np.linalg.LinAlgError("Singular matrix")

    fit = methods.fit
    unfit = methods.FittedMethod({5: Singular()}, {}, {5: "encoded"}, 0.0)
    monkeypatch.setattr(methods, "fit", lambda world, name: unfit if name == "lda" else fit(world, name))
    table = source(made_up(6))
    asked = experiment.plan(table, shots=[5], methods=["pooled_linear", "lda"], fewer_tasks=False)
    with ThreadPoolExecutor(1) as executor:
        [*_, found] = experiment.run(table, asked, executor, tmp_path, lambda *_: None)
    assert list(found.methods) == ["pooled_linear"]
    assert "equations have no solution" in found.untried["lda"].en


@pytest.mark.parametrize("is_number", [False, True])
def test_small_models_of_trees_are_as_if_fitted_alone(is_number: bool):
    data, _ = experiment.encoded(source(made_up(4, 24, is_number=is_number)), np.arange(4))
    world = methods.World(data, np.arange(4), (5,), 0)
    episode = world.trials(np.arange(4), 5, 1).episode
    together = methods.METHODS["pooled_trees"]("").make(world, np.arange(3), None)
    for name in ("30", "300"):
        alone = methods.METHODS["pooled_trees"]("").make(world, np.arange(3), {name})
        np.testing.assert_array_equal(together[name].predict(episode), alone[name].predict(episode))


def test_networks_see_one_shape_however_many_rows_tasks_have():
    shapes = set()

    class First:
        def predict(self, episode):
            shapes.add(episode.query.x.shape)
            return np.stack([episode.query.x[..., 0]] * 2, axis=-1)

    for rows in (16, 30):
        data, _ = experiment.encoded(source(made_up(4, rows)), np.arange(4))
        episode = methods.World(data, np.arange(4), (5,), 0).trials(np.arange(4), 5, 2).episode
        answer = methods.Padded(First(), None).predict(episode)
        np.testing.assert_array_equal(answer[..., 1], episode.query.x[..., 0])
    assert len(shapes) == 1, "each other shape would be compiled, which takes seconds"


def test_four_tasks_are_too_few_for_meta_learning_and_the_advice_says_so(tmp_path: Path):
    table = source(made_up(4, 30))
    asked = experiment.plan(table, shots=[5])
    assert {"maml", "ridge"} <= asked.untried.keys()
    found = compared(table, tmp_path, ("pooled_linear", "lda", "random_effects_lda"))
    assert not found.advice.pays
    assert any("Do not use meta-learning" in text.en and "3 other tasks" in text.en for text in found.advice.reasons)
    assert any("Only 4 tasks were tested" in text.en for text in found.advice.more)


def test_a_comparison_that_is_asked_again_measures_nothing_and_says_the_same(tmp_path: Path, monkeypatch):
    table = source(made_up(6))
    first = compared(table, tmp_path, ("pooled_linear", "lda"))
    monkeypatch.setattr(experiment, "encoded", lambda *_: pytest.fail("it is measured again"))
    again = compared(table, tmp_path, ("pooled_linear", "lda"))
    assert results.as_csv(again) == results.as_csv(first)
    kept = " ".join(path.read_text() for path in tmp_path.iterdir())
    assert not any(f"{value:.6f}" in kept for value in table.frame["a"]), "no row of the table is kept"


def test_another_table_is_another_comparison(tmp_path: Path):
    one, other = (compared(source(made_up(6, seed=seed)), tmp_path, ("lda",)) for seed in (0, 1))
    assert one.methods["lda"].points["5"].score != other.methods["lda"].points["5"].score


def test_methods_appear_one_after_the_other_with_what_fewer_tasks_would_do(tmp_path: Path):
    table = source(made_up(9, 16))
    asked = experiment.plan(table, shots=[5], methods=["random_effects_lda", "lda", "pooled_linear"])
    shares: list[float] = []
    with ThreadPoolExecutor(1) as executor:
        steps = list(experiment.run(table, asked, executor, tmp_path, lambda done, *_: shares.append(done)))
    assert [len(step.methods) for step in steps[:3]] == [1, 2, 3]
    assert shares == sorted(shares)
    assert shares[-1] == pytest.approx(1)
    [*_, last] = steps
    entries = last.methods["random_effects_lda"].by_tasks
    assert [entry.training_tasks for entry in entries] == [4, 8]
    assert last.methods["lda"].by_tasks is None, "it uses no other tasks"
    np.testing.assert_allclose(entries[0].gain.mean, entries[1].score.mean - entries[0].score.mean, atol=1e-9)


def test_results_come_back_from_their_file_and_tables_hold_no_formulas(tmp_path: Path):
    frame = made_up(4)
    frame["site"] = frame["site"].replace("site 0", "=1+1")
    found = compared(source(frame), tmp_path / "kept", ("lda",))
    results.write(found, tmp_path / "results.json")
    again = results.read(tmp_path / "results.json")
    assert results.as_csv(again) == results.as_csv(found)
    assert again.advice == found.advice
    assert again.tasks == found.tasks
    rows = list(csv.DictReader(io.StringIO(results.tasks_as_csv(found))))
    assert {row["task"] for row in rows} == {"'=1+1", "site 1", "site 2", "site 3"}
    (tmp_path / "results.json").write_text('{"schema": 1}')
    with pytest.raises(UserError, match="not a result of this version"):
        results.read(tmp_path / "results.json")


def test_tasks_that_are_too_small_are_left_out_and_said(tmp_path: Path):
    frame = pd.concat([made_up(5, 30), made_up(2, 6, seed=3).assign(site=lambda rows: "small " + rows["site"])])
    found = compared(source(frame), tmp_path, ("pooled_linear", "lda"))
    assert len(found.methods["lda"].points["5"].tasks) == 5
    assert any("2 of 7 tasks have too few rows" in text.en for text in found.advice.more)
    with pytest.raises(UserError, match="--shots 20 needs three tasks with 22 rows of each class"):
        experiment.plan(source(frame), shots=[20])
    with pytest.raises(UserError, match="needs three tasks"):
        experiment.plan(source(made_up(5, 4)))
    small = made_up(4, 5, is_number=True)
    with pytest.raises(UserError, match="needs three tasks with 6 rows each or more"):
        experiment.plan(source(small))
    assert health.of_rows(source(small).rows, source(small).roles).shots == (), "the page says the same"
    with pytest.raises(UserError, match="boosting cannot be compared"):
        experiment.plan(source(made_up(5, is_number=True)), methods=["boosting"])


def test_a_task_that_is_unlike_the_others_is_named(tmp_path: Path):
    frame = made_up(24, 24, shift=0.2)
    strange = frame["site"] == "site 7"
    frame.loc[strange, ["a", "b"]] = 6 - 3 * frame.loc[strange, ["a", "b"]]
    found = compared(source(frame), tmp_path, ("random_effects_lda",))
    assert [task.name for task in found.tasks if task.is_unlike] == ["site 7"]
    assert any("“site 7”" in text.zh for text in found.advice.more)
