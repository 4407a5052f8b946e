"""The doors to slow things. Arguments are names and numbers; answers are frozen values and arrays."""

import json
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import streamlit as st

from dashboard.engine import ENGINE, Job
from dashboard.work import adapt_to
from scenarios.catalog import SCENARIOS
from scenarios.errors import ReaderError
from scenarios.study import presets
from scenarios.study.presets import Showcase
from scenarios.task import Array
from scenarios.text import Text

_NEEDED = {"protocol", "shots", "moments", "learners", "comparison", "novelty", "recipes", "specificity", "risk_edges"}


@dataclass(frozen=True, eq=False)  # one object per scenario, so that charts can be kept by it
class Study:
    """The published results of one scenario, as `python -m scenarios study` wrote them."""

    raw: dict[str, Any]

    @property
    def tasks(self) -> int:
        return int(self.raw["protocol"]["tasks"])

    @property
    def shots(self) -> list[int]:
        return list(self.raw["shots"])

    def at(self, learner: str, shots: int, what: str = "score") -> Any:
        """One published figure of a learner at a number of labels; intervals are [mean, low, high]."""
        return self.raw["learners"][learner][what][self._column(shots)]

    def curve(self, learner: str, what: str = "score") -> Array:
        """Mean, low, high against labels: (shots, 3)."""
        return np.array(self.raw["learners"][learner][what])

    def compared(self, what: str, shots: int) -> Any:
        """Of the meta-learner against the best from-scratch learner: gap_closed, labels_worth, best_from_scratch."""
        return self.raw["comparison"][what][self._column(shots)]

    def _column(self, shots: int) -> int:
        return self.shots.index(shots)


@st.cache_resource(max_entries=16, show_spinner=False)
def study(scenario_name: str) -> Study:
    """Raises ReaderError where the results file is missing or damaged."""
    path = presets.results_path(scenario_name)
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(raw, dict) or not raw.keys() >= _NEEDED:
            raise ValueError("these are not the results of this version's study")
        return Study(raw)
    except (OSError, ValueError) as error:
        command = f"python -m scenarios study {scenario_name}"
        raise ReaderError(
            Text(
                en=f"The results file {path.name} is missing or damaged. To make it again, run: {command}",
                zh=f"结果文件 {path.name} 不存在或已损坏。请运行以下命令重新生成：{command}",
            )
        ) from error


def showcase(scenario_name: str, seed: int, draw: int, shots: int) -> Showcase | Job:
    """What every learner makes of one task: at once where it was made beforehand, else as a job in the worker."""
    ready = _preset(scenario_name, seed, draw, shots)
    return ready or ENGINE.ask(adapt_to, scenario_name, seed, draw, shots)


def warm_up() -> None:
    """Have the worker import, load and compile while the first reader still reads."""
    for name in SCENARIOS:
        ENGINE.ask(adapt_to, name, 0, 0, 1)


@lru_cache(maxsize=64)
def _preset(scenario_name: str, seed: int, draw: int, shots: int) -> Showcase | None:
    return presets.read(scenario_name, seed, draw, shots)
