"""Episodes and predictions as files: plain .npz arrays in the domain's units, checked on the way in."""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scenarios.atomic_files import load_arrays, save_arrays
from scenarios.episode import Draw
from scenarios.errors import UserError
from scenarios.scenario import Scenario
from scenarios.task import Array, Examples
from scenarios.text import Text

FARTHEST = 1e6  # from the centre, in standard deviations: no unit is so wrong that this would be a measurement
LARGEST_FILE = 2**33  # bytes: as much as `sample` writes at most
LARGEST = 1e15  # in units, before the logarithm of the encoding


def write_draw(path: Path, scenario: Scenario, draw: Draw) -> None:
    """Write the raw examples of a draw, in units, to an .npz file."""
    save_arrays(
        path,
        support_x=draw.support.x, support_y=draw.support.y, query_x=draw.query.x, query_y=draw.query.y,
        feature_names=np.array([feature.name for feature in scenario.features]),
    )  # fmt: skip


def read_draw(path: Path, scenario: Scenario) -> Draw:
    """Read and check a file of episodes. Raises UserError with the array and the value that are wrong."""
    try:
        is_there = path.is_file()
    except OSError:  # such as a name that is too long
        is_there = False
    if not is_there:
        raise _error(
            path, "file not found; check the path after --episodes", "文件不存在，请检查 --episodes 之后的路径"
        )
    try:
        arrays = load_arrays(path, LARGEST_FILE)
    except ValueError as error:
        raise _error(path, "damaged, or not an .npz file", "已损坏或不是 .npz 文件") from error

    for name in ("support_x", "support_y", "query_x"):
        if name not in arrays:
            raise _error(path, f"array {name} is missing", f"缺少数组 {name}")
    names = [feature.name for feature in scenario.features]
    if "feature_names" in arrays and (found := arrays["feature_names"].tolist()) != names:
        shown = " ".join(str(found).split())[:200]
        raise _error(
            path,
            f"feature_names of {scenario.name} must be {', '.join(names)}, not {shown}",
            f"{scenario.name} 的 feature_names 应依次为 {', '.join(names)}，而不是 {shown}",
        )

    y = _targets(path, arrays, "support_y", scenario)
    support = Examples(_numbers(path, arrays, "support_x"), y)
    query_x = _numbers(path, arrays, "query_x")
    shape = scenario.example_shape
    for name, x in (("support_x", support.x), ("query_x", query_x)):
        if x.shape[2:] != shape or 0 in x.shape:
            wanted = f"(tasks, n, {', '.join(map(str, shape))})"
            raise _error(path, f"{name} has shape {x.shape}, not {wanted}", f"{name} 的形状是 {x.shape}，应为 {wanted}")
        if not (np.abs(x) < LARGEST).all() or not (np.abs(scenario.encode(x)) < FARTHEST).all():
            raise _error(
                path,
                f"{name} has values far outside any plausible range; check the units",
                f"{name} 的数值远超合理范围，请检查单位",
            )
    if not (np.abs(y) < FARTHEST).all():
        raise _error(
            path,
            "support_y has values far outside any plausible range; check the units",
            "support_y 的数值远超合理范围，请检查单位",
        )
    if support.y.shape != support.x.shape[:2] or len(query_x) != len(support.x):
        raise _error(
            path,
            f"support_x {support.x.shape}, support_y {y.shape} and query_x {query_x.shape} have inconsistent shapes",
            f"support_x {support.x.shape}、support_y {y.shape}、query_x {query_x.shape} 的形状不一致",
        )
    for label in range(len(scenario.classes)):
        if not (support.y == label).any(axis=1).all():
            raise _error(path, f"a task has no example of class {label}", f"有任务缺少类别 {label} 的样本")
    return Draw(support, Examples(query_x, np.zeros(query_x.shape[:2], y.dtype)))


def _numbers(path: Path, arrays: dict[str, NDArray[Any]], name: str) -> Array:
    array = arrays[name]
    if array.dtype.kind not in "fiu" or array.ndim < 2:
        raise _error(
            path, f"{name} is not an array of numbers (tasks, n, ...)", f"{name} 不是形如 (tasks, n, ...) 的数值数组"
        )
    if not np.isfinite(array).all():
        raise _error(path, f"{name} has missing or infinite values", f"{name} 含有缺失值或无穷值")
    return array.astype(np.float64)


def _targets(path: Path, arrays: dict[str, NDArray[Any]], name: str, scenario: Scenario) -> NDArray[Any]:
    """Class numbers, or the numbers that are to be predicted."""
    y, ways = _numbers(path, arrays, name), scenario.ways
    if scenario.regression:
        return y
    if not np.isin(y, np.arange(ways)).all():
        raise _error(
            path, f"{name} must contain class numbers from 0 to {ways - 1}", f"{name} 应为 0 到 {ways - 1} 的类别编号"
        )
    return y.astype(np.int64)


def _error(path: Path, en: str, zh: str) -> UserError:
    return UserError(Text(en=f"{path.name}: {en}.", zh=f"{path.name}：{zh}。"))
