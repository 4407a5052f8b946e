"""Read and write weights files in `assets/weights`: plain arrays and their training recipe, never pickle."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from scenarios.atomic_files import ASSETS, UnfitFileError, packed, read_file, unpacked, whole_file
from scenarios.errors import UserError
from scenarios.scenario import Scenario
from scenarios.task import Array
from scenarios.text import Text

FOLDER = ASSETS / "weights"
_FORMAT = 1
_LARGEST = np.finfo(np.float32).max  # the type in which networks compute


@dataclass(frozen=True)
class Checkpoint:
    """A learner after it has seen the training tasks.

    Parameters
    ----------
    arrays : dict
        Name to array: all that was learned.
    metadata : dict
        JSON values: the settings, the seed, the seconds of training. Files have them under the key `recipe`.
    """

    arrays: dict[str, Array]
    metadata: dict[str, object] = field(default_factory=dict)


Report = Callable[[float, str], None]  # share done in (0, 1], a word on how it goes
Fit = Callable[[Scenario, int, Report], Checkpoint]


def path_of(scenario: Scenario, learner: str, folder: Path = FOLDER) -> Path:
    """Return the path of a learner's weights file."""
    return folder / f"{scenario.name}.{learner}.npz"


def save(path: Path, scenario: Scenario, checkpoint: Checkpoint) -> None:
    """Write a file that is either whole or not there."""
    with whole_file(path) as file:
        file.write(to_bytes(scenario, checkpoint))


def to_bytes(scenario: Scenario, checkpoint: Checkpoint) -> bytes:
    """Return the content of a weights file."""
    metadata = json.dumps({"format": _FORMAT, "scenario": scenario.name, **checkpoint.metadata}, sort_keys=True)
    return packed(recipe=np.array(metadata), fingerprint=fingerprint(scenario), **checkpoint.arrays)


def load(path: Path, scenario: Scenario, learner: str) -> Checkpoint:
    """Read a file written by `save`. Raises UserError if it is missing, damaged, or made for another generator."""
    try:
        content = read_file(path)
    except FileNotFoundError as error:
        raise _error(path, scenario, learner, "is missing", "不存在") from error
    except UnfitFileError as error:
        raise _error(path, scenario, learner, "is not a file of weights", "不是权重文件") from error
    except OSError as error:
        raise _error(path, scenario, learner, "cannot be read", "无法读取") from error
    return from_bytes(content, path, scenario, learner)


def from_bytes(content: bytes, path: Path, scenario: Scenario, learner: str) -> Checkpoint:
    """Read the content of a weights file. Raises UserError as `load` does; errors name the file of `path`."""
    try:
        arrays = unpacked(content, path.name)
        metadata = json.loads(str(arrays.pop("recipe")))
        made_for = arrays.pop("fingerprint")
    except (ValueError, KeyError, RecursionError) as error:
        raise _error(path, scenario, learner, "is damaged", "已损坏") from error
    if any(array.dtype.kind not in "fiu" for array in (made_for, *arrays.values())):
        raise _error(path, scenario, learner, "contains values that are not numbers", "含有非数值内容")
    current = fingerprint(scenario)
    if (
        not isinstance(metadata, dict)
        or (metadata.get("format"), metadata.get("scenario")) != (_FORMAT, scenario.name)
        or made_for.shape != current.shape
        or not np.allclose(made_for, current, atol=1e-3)
    ):
        raise stale(path, scenario, learner)
    if not all((np.abs(array) <= _LARGEST).all() for array in arrays.values()):  # nor is not-a-number
        raise _error(path, scenario, learner, "contains invalid numbers", "含有无效数值")
    return Checkpoint(arrays, metadata)


def fingerprint(scenario: Scenario) -> Array:
    """Return a few encoded examples for a fixed seed, which change if what models read of them does."""
    rng = np.random.default_rng(0)
    return scenario.encode(scenario.sample_tasks(rng, 3).support(rng, 2).x).astype(np.float32)


def stale(path: Path, scenario: Scenario, learner: str) -> UserError:
    """Return the error for weights of another version of the scenario."""
    return _error(
        path, scenario, learner, "was made for another version of its scenario", "是为该场景的另一个版本生成的"
    )


def _error(path: Path, scenario: Scenario, learner: str, en: str, zh: str) -> UserError:
    if path.absolute() != path_of(scenario, learner, FOLDER):  # a user's own file, which `train` would not repair
        text = Text(
            en=f"The weights file {path} {en}. Check the path, or give another file that was made for {scenario.name} "
            f"and {learner}.",
            zh=f"权重文件 {path} {zh}。请检查路径，或换用为 {scenario.name} 的 {learner} 生成的其他文件。",
        )
        return UserError(text)
    command = f"python -m scenarios train {scenario.argument} --learner {learner}"
    return UserError(
        Text(
            en=f"The weights file {path.name} {en}. To make it again, run: {command}",
            zh=f"权重文件 {path.name} {zh}。请运行以下命令重新生成：{command}",
        )
    )
