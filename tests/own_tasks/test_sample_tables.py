"""Promise: the sample tables are what the command writes, teach how a table is read, and one has a known optimum."""

from pathlib import Path

import numpy as np
import pytest

from dashboard import results
from scenarios.catalog import SCENARIOS
from scenarios.command_line.parser import main
from scenarios.own_tasks import experiment, samples
from scenarios.own_tasks.health import report
from scenarios.own_tasks.reading import read
from scenarios.own_tasks.roles import guess
from scenarios.own_tasks.source import of_frame
from scenarios.sine import sample_table as sine_table
from scenarios.sine.tasks import standardise
from scenarios.task import Examples

TABLES = samples.sample_tables()
KNOWN = next(name for name, sample in TABLES.items() if sample.decimal == ",")  # whose optimum is looked at
SHOTS = 5


@pytest.mark.parametrize("name", TABLES)
def test_a_shipped_table_is_what_the_command_writes(name: str, tmp_path: Path):
    samples.write(TABLES[name], tmp_path)
    for made, shipped in zip(samples.paths_of(name, tmp_path), samples.paths_of(name), strict=True):
        assert made.read_bytes() == shipped.read_bytes(), "renew it: python -m scenarios own-samples"
        assert shipped.stat().st_size <= samples.LARGEST


def test_the_command_writes_every_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["own-samples", "--out", str(tmp_path)]) == 0
    assert {path.stem for path in tmp_path.iterdir()} == set(TABLES)
    written = capsys.readouterr().out
    assert all(f"{name}.csv" in written for name in TABLES)


@pytest.mark.parametrize("name", TABLES)
def test_a_shipped_table_is_read_and_its_roles_are_guessed_without_a_user(name: str):
    sample, [path, _] = TABLES[name], samples.paths_of(name)
    found = read(path.read_bytes(), path.name)
    roles, _ = guess(found)
    assert (roles.task, roles.label, roles.is_regression) == (sample.task, sample.label, not sample.labels)
    assert found.questions == ()
    assert set(roles.features) == set(sample.columns), "and nothing else: identifiers and dates are left out"
    health = report(found, roles)
    assert len(health.tasks) == sample.tasks
    assert {1, 2, 5} <= set(health.shots)
    origin = samples.read_origin(name)
    assert {task.name: task.rows for task in health.tasks} == dict(zip(origin.task_names, origin.rows, strict=True))


def test_the_rows_of_a_table_are_drawn_again_in_the_order_of_the_file():
    sample, scenario, drawn = TABLES[KNOWN], SCENARIOS[KNOWN], samples.draw(TABLES[KNOWN])
    frame = read(samples.paths_of(KNOWN)[0].read_bytes(), KNOWN).frame
    exact = np.concatenate([drawn.x[place, order] for place, order in enumerate(drawn.order)])
    for column, feature in enumerate(scenario.features):
        values = frame[feature.name].to_numpy(float)
        kept = np.isfinite(values) & (exact[:, column] >= (feature.detection_limit or -np.inf))
        np.testing.assert_allclose(values[kept], exact[kept, column], atol=0.51 * 10.0**-feature.decimals)
    labels = [sample.labels[y] for place, order in enumerate(drawn.order) for y in drawn.y[place, order]]
    assert frame[sample.label].tolist() == labels


def test_the_optimum_of_a_table_is_known_and_that_of_its_scenario_within_its_interval():
    scenario, drawn, rng = SCENARIOS[KNOWN], samples.draw(TABLES[KNOWN]), np.random.default_rng(0)
    scores = []
    for place, count in enumerate(drawn.rows):
        x, y = drawn.x[place, :count], drawn.y[place, :count]
        picks = [rng.permutation(np.flatnonzero(y == label))[:SHOTS] for label in (0, 1)]
        support = np.stack(picks, axis=1).ravel()
        rest = np.setdiff1d(np.arange(count), support)
        answer = scenario.bayes(Examples(x[None, support], y[None, support]), x[None, rest])
        scores.append(float(scenario.metric.compute(answer.prediction, y[None, rest])[0]))
    mean, error = np.mean(scores), np.std(scores, ddof=1) / np.sqrt(len(scores))
    assert abs(mean - results.study(KNOWN).at("bayes", SHOTS)[0]) < 3 * error < 0.06


def test_whoever_knows_what_machines_share_needs_five_rows_and_simple_methods_with_other_machines_fail():
    name = "sine"
    frame, sample = read(samples.paths_of(name)[0].read_bytes(), name).frame, TABLES[name]
    angle = frame[list(sample.columns)].to_numpy(float) @ sine_table.MIXING[0] / standardise(1.0)
    waves, errors = np.stack([np.sin(angle), np.cos(angle)], axis=1), []
    for rows in frame.groupby(sample.task).indices.values():
        x, y = waves[rows], frame[sample.label].to_numpy(float)[rows]
        heights = np.linalg.lstsq(x[:SHOTS], y[:SHOTS])[0]
        errors.append(np.square(x[SHOTS:] @ heights - y[SHOTS:]).mean())
    assert np.mean(errors) < 0.01
    table, tested = of_frame(frame, task=sample.task, label=sample.label), list(range(20, sample.tasks))
    for method in ("pooled_linear", "bayesian_linear", "least_squares"):
        found = experiment.measured(method, tested, list(range(20)), [SHOTS], [SHOTS], 4, 0, table)
        assert np.mean(found["shots"][str(SHOTS)]["scores"]) > 2.5, method
