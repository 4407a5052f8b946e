"""Promise: a page says how many labels make a score hold in most tasks, and what other conditions would mean."""

from dataclasses import replace

import numpy as np
import pytest

from dashboard import results
from dashboard.charts.style import named
from dashboard.views.decisions import sample_size
from scenarios.catalog import SCENARIOS
from scenarios.metrics import AUROC, MSE
from scenarios.protocol import QUANTILES
from scenarios.publication.results import OtherTasksResults
from scenarios.text import LANGUAGES

MEDICAL = SCENARIOS["medical_diagnosis"]


def spread(middle: np.ndarray) -> np.ndarray:
    """Quantiles of scores that lie evenly within .2 of the middle (...): (..., quantiles)."""
    return middle[..., None] + 0.4 * (np.array(QUANTILES) - 0.5)


@pytest.mark.parametrize(
    ("metric", "target", "share"),
    [(AUROC, 0.7, 0.5), (AUROC, 0.6, 0.75), (AUROC, 0.1, 0.95), (AUROC, 0.99, 0.05), (MSE, 0.6, 0.25), (MSE, 0.7, 0.5)],
)
def test_the_share_of_tasks_is_read_off_the_quantiles_and_ends_where_they_end(metric, target, share):
    """An error is good if it is small."""
    np.testing.assert_allclose(sample_size.share_reached(spread(np.array(0.7)), target, metric), share)


def study_with(middles: dict[str, float]):
    """The published study with other distributions: each method gains .2 from the fewest labels to the most."""
    study = results.study("medical_diagnosis")
    gain = np.linspace(0, 0.2, len(study.shots))
    learners = {
        name: replace(each, quantiles=spread(middles.get(name, 0.3) + gain)) for name, each in study.learners.items()
    }
    return replace(study, learners=learners)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_section_says_what_each_rung_needs_for_nine_tasks_in_ten(language):
    section = sample_size.section(MEDICAL, study_with({"maml": 0.8}), 5, 0.7, language)
    numbers = section.table()
    reached = numbers[next(column for column in numbers if column in ("meta-learned", "元学习"))]
    first = int(numbers.iloc[int(np.argmax(reached >= 0.9)), 0])
    said = {"en": f"meta-learned {first};", "zh": f"元学习 {first} 个；"}
    assert said[language] in section.finding
    assert {"en": "not reached with 50: ", "zh": "用 50 个也达不到"}[language] in section.finding  # the others


def test_the_share_that_is_named_is_the_one_in_the_table():
    section = sample_size.section(MEDICAL, study_with({"maml": 0.7}), 5, 0.7, "en")
    numbers = section.table()
    assert f"meta-learned {numbers.loc[numbers.iloc[:, 0] == 5, 'meta-learned'].item():.0%}" in section.finding


def test_other_tasks_have_a_column_each_and_only_where_they_were_measured():
    name = results.measured(OtherTasksResults)[0]
    found = results.other_tasks(name)
    learners = {
        learner: replace(part, quantiles=spread(part.score[..., 0])) for learner, part in found.learners.items()
    }
    table = sample_size.by_other_tasks(replace(found, learners=learners), 5, 0.85, "en").table
    assert set(table.columns) == {f"{count:,}" for part in found.learners.values() for count in part.counts}
    most = max(found.learners["maml"].counts)
    assert table.loc["MAML", f"{most:,}"].endswith("%")
    for learner, part in found.learners.items():
        assert (table.loc[named(learner, "en", "league"), f"{most:,}"] == "–") == (most not in part.counts)
