"""Forty machines in one table, in which meta-learning beats every method that is simpler.

Vibration is a sine wave of the shaft's angle, as in the scenario. The file has no angle: three sensors mix it with two
things that do not matter, in the same way on all machines. Methods that are linear in the sensors, or in their squares
and products, cannot undo the sine; one model for all machines misses their amplitudes and phases; five labels are too
few to learn a wave in three dimensions. What all machines share, two functions of the sensors, has to be learned from
many of them.
"""

import numpy as np
import pandas as pd

from scenarios.own_tasks.samples import Readings, SampleTable
from scenarios.sine.tasks import standardise
from scenarios.task import Array
from scenarios.text import Text

MIXING = np.array([[2, 2, 1], [-2, 1, 2], [1, -2, 2]]) / 3  # orthonormal rows: angle, temperature, load


def _sensors(x: Array, rng: np.random.Generator) -> Array:
    """Return the measurements of three sensors at angles (rows, 1): (rows, 3), each with SD 1."""
    beside = rng.standard_normal((len(x), 2))
    mixed: Array = np.concatenate([standardise(x), beside], axis=1) @ MIXING
    return mixed


def _dress(table: pd.DataFrame, _: np.random.Generator) -> pd.DataFrame:
    return table


SAMPLE_TABLE = SampleTable(
    name="sine",
    title=Text(en="Forty machines", zh="四十台机器"),
    about=Text(
        en="Vibration of 40 machines; on each it is a different sine wave of the shaft's angle. Three sensors "
        "mix the angle with temperature and load, in the same way on all machines.",
        zh="40 台机器的振动：在每台机器上都是轴转角的一条正弦曲线，各不相同。三个传感器把转角与温度、负载混在一起，"
        "混合方式在所有机器上相同。",
    ),
    task="machine",
    task_name=lambda place: f"M{place + 1:03d}",
    label="vibration",
    labels=(),
    tasks=40,
    rows=(25, 35),
    dress=_dress,
    decimals=2,
    readings=Readings(("sensor_1", "sensor_2", "sensor_3"), _sensors),
)
