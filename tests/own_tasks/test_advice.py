"""Promise: the advice names the simplest method that no other beats detectably, and says it in both languages."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard import results as published
from scenarios.evaluation.estimate import Estimate
from scenarios.evaluation.statistics import mean_with_interval
from scenarios.own_tasks import advice, contenders
from scenarios.own_tasks.results import ByTasks, MethodResults, OwnProtocol, OwnResults, Point, TableFacts, TaskFacts

TASKS = 40
NOISE = np.random.default_rng(0).normal(0, 0.05, TASKS)
NOISE -= NOISE.mean()


def results(training: int = 32, metric: str = "auroc", **means: float | tuple[float, float]) -> OwnResults:
    """Return results in which each method has a mean over tasks and a spread of its differences to others."""
    rng = np.random.default_rng(1)
    methods = {}
    for name, value in means.items():
        mean, spread = value if isinstance(value, tuple) else (value, 0.01)
        own = rng.normal(0, 1, TASKS)
        scores = mean + NOISE + spread * (own - own.mean()) / own.std()
        points = {
            str(shots): Point(tuple(range(TASKS)), gain + scores, mean_with_interval(gain + scores), None, None)
            for shots, gain in ((5, 0.0), (10, 0.02))
        }
        methods[name] = MethodResults(contenders.rung_of(name).value, points, 150.0, 1.0)
    return OwnResults(
        table=TableFacts("hospital", "ill", 1000, 5, ("no", "yes") if metric == "auroc" else None),
        protocol=OwnProtocol((5, 10), 5, 4, 5, training, 0),
        metric_id=metric,
        tasks=tuple(TaskFacts(f"H{task}", (20, 20), 10, None, False) for task in range(TASKS)),
        methods=methods,
        untried={},
        advice=advice.NONE,
    )


def test_a_method_that_is_detectably_better_wins_and_the_sentence_has_its_numbers():
    found = advice.advise(results(lda=0.70, random_effects_lda=0.80, maml=0.79))
    assert (found.method, found.best, found.pays) == ("random_effects_lda", "random_effects_lda", False)
    assert found.answer.en.startswith(
        "With 5 labels per class in a new “hospital”, random-effects LDA reaches an AUROC of 80.0% (95% CI"
    )
    assert found.answer.en.endswith("Use random-effects LDA.")
    assert "the best method on its labels only (shrinkage LDA) 70.0%" in found.answer.en
    assert "meta-learning with MAML 79.0%" in found.answer.en
    assert "after 2 min of training" in found.answer.en
    assert "每类 5 个标注" in found.answer.zh
    assert "只用新任务标注的最好方法" in found.answer.zh
    assert "95% 置信区间" in found.answer.zh
    assert "随机效应 LDA 的 AUROC 为 80.0%" in found.answer.zh, "with spaces between Chinese and Latin letters"
    assert "significantly worse than random-effects LDA" in " ".join(text.en for text in found.reasons)


def test_the_simpler_method_wins_ties():
    found = advice.advise(results(lda=(0.795, 0.05), random_effects_lda=(0.80, 0.05)))
    assert (found.method, found.best) == ("lda", "random_effects_lda")
    assert found.behind.low <= 0 < found.behind.mean
    assert found.answer.en.endswith(
        "Use shrinkage LDA: it is simpler than random-effects LDA, without a detectable difference."
    )
    assert "no detectable difference" in found.reasons[0].en
    assert "不显著" in found.reasons[0].zh
    found = advice.advise(results(pooled_linear=(0.795, 0.05), random_effects_lda=(0.80, 0.05)))
    assert found.method == "pooled_linear"
    assert any("none of the new task's labels" in text.en for text in found.reasons)
    assert not any("instead of 5 labels" in text.en for text in found.more)


def test_a_large_difference_that_few_tasks_leave_undetected_is_no_tie():
    found = advice.advise(results(pooled_linear=(0.70, 0.5), lda=0.80))
    assert advice.difference(results(pooled_linear=(0.70, 0.5), lda=0.80), "lda", "pooled_linear", 5).low < 0
    assert found.method == "lda"
    assert "too much for a tie" in found.reasons[0].en
    found = advice.advise(results(pooled_linear=0.60, random_effects_lda=0.80, maml=(0.84, 0.5)))
    assert (found.method, found.best) == ("random_effects_lda", "maml"), "meta-learning has to be detectably better"
    assert not found.pays


def test_meta_learning_is_recommended_only_if_it_is_detectably_better():
    found = advice.advise(results(lda=0.70, random_effects_lda=0.80, maml=0.84))
    assert found.pays
    assert any("Meta-learning pays here" in text.en for text in found.reasons)
    found = advice.advise(results(random_effects_lda=(0.80, 0.05), maml=(0.805, 0.05)))
    assert not found.pays
    assert any("does not pay here" in text.en and "not detectable" in text.en for text in found.reasons)
    found = advice.advise(results(training=3, lda=0.7, random_effects_lda=0.8))
    assert any("3 other tasks, and it needs at least 8" in text.en for text in found.reasons)


def test_it_says_from_how_many_tasks_meta_learning_pays_and_what_more_would_add():
    found = results(lda=0.70, maml=0.84)
    ahead, behind = Estimate(0.1, 0.05, 0.15), Estimate(0.0, -0.05, 0.05)
    gain = Estimate(0.03, 0.01, 0.05)
    score = Estimate(0.8, 0.7, 0.9)
    entries = tuple(ByTasks(n, score, gain, which) for n, which in ((8, behind), (16, ahead), (32, ahead)))
    found.methods["maml"] = MethodResults(**{**vars(found.methods["maml"]), "by_tasks": entries})
    told = advice.advise(found)
    assert any("ahead with 16 other tasks or more; with 8, it was not" in text.en for text in told.reasons)
    assert any("From 16 to 32 other tasks" in text.en and "3.0 percentage points" in text.en for text in told.more)
    more = [text.en for text in told.more]
    assert any("With 10 instead of 5 labels per class" in each and "2.0 percentage points" in each for each in more)


def test_it_says_what_ten_more_tasks_would_add_if_the_gap_falls_as_one_over_their_number():
    found, score = results(lda=0.70, random_effects_lda=0.84), Estimate(0.84, 0.8, 0.88)
    gap = {n: 0.96 / n for n in (16, 32, 42)}
    gain = gap[16] - gap[32]
    entries = (
        ByTasks(16, score, Estimate(gain, gain / 2, 1.5 * gain), score),
        ByTasks(32, score, Estimate(0.0, 0.0, 0.0), score),
    )
    found.methods["random_effects_lda"] = replace(found.methods["random_effects_lda"], by_tasks=entries)
    expected = advice.ten_more(found, "random_effects_lda")
    assert expected is not None
    assert expected.mean == pytest.approx(gap[32] - gap[42])
    assert expected.low == pytest.approx(expected.mean / 2)
    told = advice.advise(found)
    assert told.answer.en.endswith("10 more tasks (hospital) would add about 0.7 percentage points.")
    assert told.answer.zh.endswith("再增加 10 个任务（hospital），约可再提升 0.7 个百分点。")
    assert "about 0.7 percentage points (95% CI 0.4 to 1.1)" in " ".join(text.en for text in told.more)
    unsure = replace(entries[0], gain=Estimate(0.001, -0.01, 0.012))
    found.methods["random_effects_lda"] = replace(found.methods["random_effects_lda"], by_tasks=(unsure, entries[1]))
    told = advice.advise(found)
    assert "more tasks" not in told.answer.en
    assert any("would hardly help it: about 0.0 percentage points (95% CI" in text.en for text in told.more)


def test_of_errors_the_lowest_is_the_best():
    found = advice.advise(results(metric="mse", least_squares=2.0, bayesian_linear=1.0))
    assert found.method == "bayesian_linear"
    assert "With 5 labels in a new" in found.answer.en
    assert "a mean squared error of 1.00 (95% CI" in found.answer.en
    local = advice.advise(results(metric="mse", least_squares=1.0, bayesian_linear=2.0))
    assert local.method == "least_squares"
    assert any("uses no other tasks" in text.en for text in local.more)


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_every_method_has_a_name_and_a_rung(classes: int):
    known = contenders.available(classes)
    assert set(contenders.usual(classes)) <= set(known)
    for name in known:
        assert contenders.name_of(name).zh == contenders.name_in_sentence(name).zh
        assert "," not in contenders.name_in_sentence(name).en
        assert contenders.rung_of(name)
        assert contenders.seconds(name) > 0


@pytest.mark.parametrize(("learner", "counts"), [
    ("random_effects_lda", (10, 30, 100)), ("random_effects_logistic", (10, 30, 100)), ("maml", (300, 1000, 3000)),
])  # fmt: skip
def test_the_gain_of_more_tasks_is_about_what_was_measured_with_them(learner: str, counts: tuple[int, int, int]):
    found, levels = published.other_tasks("medical_diagnosis"), dict[int, float]()
    for count in counts:
        score = found.at(learner, count, 5, "score")
        assert score is not None
        levels[count] = float(score[0])
    fewer, tasks, more = counts
    expected = advice.share_of_gain(*counts) * (levels[tasks] - levels[fewer])
    assert 0.4 < expected / (levels[more] - levels[tasks]) < 2.5
