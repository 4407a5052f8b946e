"""Promise: what was learned is shipped, readable without pickle, and never used for another generator."""

import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from dashboard.results import measured
from scenarios.catalog import SCENARIOS
from scenarios.errors import UserError
from scenarios.evaluation import curves
from scenarios.learner import EVALUATION_STEPS
from scenarios.learners import fitting, hierarchical, recipes, registry, tuned, tuning
from scenarios.learners.classical import INVERSE_PENALTIES
from scenarios.meta_learner import weights
from scenarios.meta_learner.weights import Checkpoint
from scenarios.publication import worlds
from scenarios.publication.results import WorldsResults
from scenarios.recipe import Recipe
from scenarios.scenario import Scenario

pytestmark = pytest.mark.published


COMPUTED = {"bayes", "rule"}


def trained(scenario: Scenario) -> list[str]:
    """The learners of a scenario that have something to ship."""
    return [name for name in registry.suitable(scenario) if registry.REGISTRY[name].is_trained]


def classical(scenario: Scenario) -> str:
    return "least_squares" if scenario.regression else "logistic"


@pytest.fixture
def folder(tmp_path: Path, scenario: Scenario) -> Path:
    """A folder of one's own with the shipped files of a scenario."""
    for name in trained(scenario):
        path = weights.path_of(scenario, name, tmp_path)
        path.write_bytes(weights.path_of(scenario, name).read_bytes())
    return tmp_path


def rewrite(path: Path, change: Callable[[dict[str, np.ndarray]], object]) -> None:
    with np.load(path) as file:
        arrays = dict(file)
    change(arrays)
    np.savez(path, **arrays)


def refusal(scenario: Scenario, learner: str, folder: Path) -> str:
    """The English half of the error that loading ends with; both halves must name the command that mends it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(weights, "FOLDER", folder)  # where `train` writes
        with pytest.raises(UserError) as caught:
            fitting.load(scenario, learner, folder)
    text = caught.value.text
    for half in (text.en, text.zh):
        assert f"python -m scenarios train {scenario.name} --learner {learner}" in half
        assert weights.path_of(scenario, learner).name in half
        assert "\n" not in half
    return text.en


@pytest.mark.parametrize("content", [None, b"damaged"])
def test_a_users_own_file_that_cannot_be_used_is_not_mended_by_training_ours(kind, tmp_path, content: bytes | None):
    path = tmp_path / weights.path_of(kind, "maml").name  # as the page calls it that hands it out
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        fitting.load_file(kind, "maml", path)
    for half in (caught.value.text.en, caught.value.text.zh):
        assert str(path) in half
        assert "scenarios train" not in half
    with pytest.raises(UserError, match="scenarios train"):
        weights.from_bytes(b"damaged", weights.path_of(kind, "maml"), kind, "maml")


def test_what_is_saved_comes_back(scenario: Scenario, tmp_path: Path):
    arrays = {"start_0": np.arange(6, dtype=np.float32).reshape(1, 2, 3), "steps": np.array([1, 2])}
    path = weights.path_of(scenario, "maml", tmp_path / "a new folder")
    weights.save(path, scenario, Checkpoint(arrays, {"settings": {"inner_lr": 0.1}, "seed": 3}))
    found = weights.load(path, scenario, "maml")
    assert found.arrays.keys() == arrays.keys()
    for name, array in arrays.items():
        np.testing.assert_array_equal(found.arrays[name], array)
        assert found.arrays[name].dtype == array.dtype
    assert found.metadata["settings"] == {"inner_lr": 0.1}
    assert found.metadata["seed"] == 3
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_shipped_weights_are_there_for_every_learner_that_learns(scenario: Scenario):
    assert set(trained(scenario)) == set(registry.suitable(scenario)) - COMPUTED
    for name in trained(scenario):
        recipe = weights.load(weights.path_of(scenario, name), scenario, name).metadata
        assert (recipe["learner"], recipe["scenario"]) == (name, scenario.name)


def test_no_other_weights_are_shipped():
    known = {weights.path_of(scenario, name).name for scenario in SCENARIOS.values() for name in trained(scenario)}
    for scenario in map(SCENARIOS.__getitem__, measured(WorldsResults)):
        names = set(trained(scenario)) & set(worlds.learners(scenario))
        known |= {weights.path_of(other, name).name for other in worlds.other_worlds(scenario) for name in names}
    assert {file.name for file in weights.FOLDER.iterdir()} == known


def test_shipped_weights_weigh_little():
    assert sum(file.stat().st_size for file in weights.FOLDER.iterdir()) < 20_000_000


def test_shipped_weights_were_made_by_the_recipe_in_the_code(scenario: Scenario):
    made_by = dict.fromkeys(("pooled", "fine_tuned", "z_scored"), recipes.pooled)
    made_by |= {name: spec.recipe for name, spec in registry.REGISTRY.items() if spec.recipe}
    for learner in made_by.keys() & set(registry.suitable(scenario)):
        found = weights.load(weights.path_of(scenario, learner), scenario, learner).metadata
        assert Recipe.from_dict(found["settings"]) == made_by[learner](scenario), learner


def test_shipped_settings_were_chosen_from_those_in_the_code(scenario: Scenario):
    for learner in ("scratch", "fine_tuned", classical(scenario)):
        arrays = weights.load(weights.path_of(scenario, learner), scenario, learner).arrays
        np.testing.assert_array_equal(arrays["shots"], tuning.TUNING_SHOTS)
        if learner == classical(scenario):
            assert set(arrays["inverse_penalty"].tolist()) <= set(INVERSE_PENALTIES)
        else:
            tried = tuned.SMALL_INNER_LRS if scenario.regression else tuned.INNER_LRS
            assert set(arrays["rate"].tolist()) <= set(tried)
            assert set(arrays["steps"].tolist()) <= set(EVALUATION_STEPS)
        assert ("calibration" in arrays) == (not scenario.regression)


def test_a_missing_file_names_the_command_that_makes_it(scenario: Scenario, tmp_path):
    for learner in trained(scenario):
        assert "missing" in refusal(scenario, learner, tmp_path)


def _stored(name: str, content: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        file.writestr(name, content)
    return buffer.getvalue()


def _saved(**arrays: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def _flipped(content: bytes, at: float) -> bytes:
    index = int(at * len(content))
    return content[:index] + bytes(255 - byte for byte in content[index : index + 40]) + content[index + 40 :]


DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda content: b"",
    "truncated": lambda content: content[: len(content) // 2],
    "nearly whole": lambda content: content[:-1],
    "text": lambda content: "这不是权重 not weights\n".encode() * 50,
    "a pickle": lambda content: pickle.dumps({"start_0": [1, 2, 3]}),
    "one array": lambda content: np.lib.format.magic(1, 0) + content,
    "an .npy file": lambda content: _saved(x=np.zeros(3)) and _npy(np.zeros(3)),
    "a zip of something else": lambda content: _stored("recipe", b"{}"),
    "no recipe": lambda content: _saved(start_0=np.zeros((1, 2, 3))),
    "a recipe that is not JSON": lambda content: _saved(recipe=np.array("{"), fingerprint=np.zeros(3)),
    "bytes that were hit near the beginning": lambda content: _flipped(content, 0.1),
    "bytes that were hit in the middle": lambda content: _flipped(content, 0.5),
    "a directory that was hit": lambda content: _flipped(content, 0.97),
}


def _npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, array)
    return buffer.getvalue()


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_names_the_command_that_makes_it_again(scenario: Scenario, damage, folder: Path):
    for learner in ("maml", classical(scenario)):
        path = weights.path_of(scenario, learner, folder)
        path.write_bytes(DAMAGE[damage](path.read_bytes()))
        assert "damaged" in refusal(scenario, learner, folder)


def test_a_file_with_a_pickle_inside_is_refused_and_not_opened(scenario: Scenario, folder: Path, tmp_path: Path):
    trap = tmp_path / "sprung"

    class Trap:
        def __reduce__(self):
            return os.mkdir, (str(trap),)

    rewrite(
        weights.path_of(scenario, "maml", folder),
        lambda arrays: arrays.update(start_0=np.array([Trap()], dtype=object)),
    )
    assert "damaged" in refusal(scenario, "maml", folder)
    assert not trap.exists()


CHANGES: dict[str, Callable[[dict[str, np.ndarray]], object]] = {
    "another generator": lambda a: a.update(fingerprint=a["fingerprint"] + 0.5),
    "another number of features": lambda a: a.update(fingerprint=a["fingerprint"][..., 1:]),
    "a fingerprint of letters": lambda a: a.update(fingerprint=np.array(["x"])),
    "a fingerprint of nothing": lambda a: a.update(fingerprint=np.full_like(a["fingerprint"], np.nan)),
    "another scenario": lambda a: a.update(recipe=np.array(json.dumps({"format": 1, "scenario": "other"}))),
    "another format": lambda a: a.update(recipe=np.array(str(a["recipe"]).replace('"format": 1', '"format": 0'))),
    "a recipe that is a list": lambda a: a.update(recipe=np.array("[1]")),
    "not-a-number": lambda a: a.update(start_2=np.full_like(a["start_2"], np.nan)),
    "infinity": lambda a: a.update(start_2=np.full_like(a["start_2"], np.inf)),
    "letters": lambda a: a.update(start_2=np.full(a["start_2"].shape, "x")),
    "a narrower network": lambda a: a.update(start_0=a["start_0"][..., 1:], start_1=a["start_1"][..., 1:]),
    "a network with a task axis": lambda a: a.update(start_0=np.repeat(a["start_0"], 2, axis=0)),
    "a layer less": lambda a: a.pop("start_5"),
    "no rates": lambda a: a.pop("rates_0"),
    "rates of a longer walk": lambda a: a.update(rates_1=np.concatenate([a["rates_1"]] * 2)),
    "a rate that is not a number": lambda a: a.update(rates_2=np.full_like(a["rates_2"], np.nan)),
}


@pytest.mark.parametrize("change", CHANGES)
def test_weights_for_something_else_are_refused(scenario: Scenario, change, folder: Path):
    rewrite(weights.path_of(scenario, "maml", folder), CHANGES[change])
    refusal(scenario, "maml", folder)


@pytest.mark.parametrize("change", ["fewer", "none", "other shots", "absent", "uncalibrated", "of other classes"])
def test_settings_of_another_shape_are_refused(scenario: Scenario, change, folder: Path):
    if scenario.regression and change in ("uncalibrated", "of other classes"):
        return  # there are no probabilities to calibrate
    for learner in ("scratch", "fine_tuned", classical(scenario)):
        setting = "inverse_penalty" if learner == classical(scenario) else "steps"
        changes = {
            "fewer": lambda a, setting=setting: a.update({setting: a[setting][:-1]}),
            "none": lambda a, setting=setting: a.update({setting: a[setting][:0], "shots": a["shots"][:0]}),
            "other shots": lambda a: a.update(shots=a["shots"] + 1),
            "absent": lambda a, setting=setting: a.pop(setting),
            "uncalibrated": lambda a: a.pop("calibration"),
            "of other classes": lambda a: a.update(calibration=a["calibration"][:, 1:]),
        }
        rewrite(weights.path_of(scenario, learner, folder), changes[change])
        refusal(scenario, learner, folder)


@pytest.mark.parametrize("change", ["of fewer inputs", "of more inputs", "absent"])
def test_a_prior_of_another_shape_is_refused(scenario: Scenario, change, folder: Path):
    def spoil(arrays: dict[str, np.ndarray]) -> None:
        for name in [name for name in arrays if name.startswith("mean_")]:
            mean = arrays.pop(name)
            if change != "absent":
                arrays[name] = mean[1:] if change == "of fewer inputs" else np.concatenate([mean, mean])

    methods = set(registry.published(scenario, registry.Rung.BORROWING)) & hierarchical.METHODS.keys()
    assert methods
    for learner in methods:
        rewrite(weights.path_of(scenario, learner, folder), spoil)
        refusal(scenario, learner, folder)


def test_a_number_of_steps_at_which_nobody_looks_is_refused(scenario: Scenario, folder: Path):
    rewrite(weights.path_of(scenario, "scratch", folder), lambda arrays: arrays.update(steps=arrays["steps"] * 0 + 23))
    refusal(scenario, "scratch", folder)


def test_a_generator_that_changed_makes_its_weights_stale(scenario: Scenario, folder: Path):
    changed = replace(scenario, encode=lambda x: scenario.encode(x) + 0.01)
    with pytest.raises(UserError, match="another version"):
        fitting.load(changed, "maml", folder)


def test_a_save_that_fails_leaves_the_old_file_and_no_crumbs(scenario: Scenario, folder: Path):
    path = weights.path_of(scenario, "maml", folder)
    before, files = path.read_bytes(), sorted(folder.iterdir())
    with pytest.raises(ValueError, match=r"[Oo]bject arrays"):
        weights.save(path, scenario, Checkpoint({"start_0": np.zeros(3), "start_1": np.array([object()])}))
    assert path.read_bytes() == before
    assert sorted(folder.iterdir()) == files


def test_weights_that_were_loaded_answer_as_those_that_were_saved(kind: Scenario, tmp_path: Path):
    episode = curves.fresh_episode(kind, tasks=3, shots=3, queries=7, seed=1)
    for name in trained(kind):
        checkpoint = weights.load(weights.path_of(kind, name), kind, name)
        weights.save(weights.path_of(kind, name, tmp_path), kind, checkpoint)
        answers = [fitting.load(kind, name, place).predict(episode) for place in (weights.FOLDER, tmp_path)]
        np.testing.assert_array_equal(*answers)
