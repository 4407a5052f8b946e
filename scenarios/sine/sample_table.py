"""Two hundred waves in one table: clean numbers, and a number as label."""

import numpy as np
import pandas as pd

from scenarios.own_tasks.samples import SampleTable
from scenarios.text import Text


def _dress(table: pd.DataFrame, _: np.random.Generator) -> pd.DataFrame:
    return table


SAMPLE_TABLE = SampleTable(
    name="sine",
    title=Text(en="Two hundred waves", zh="两百条波"),
    about=Text(
        en="Points on 200 sine waves, each with its own amplitude and phase. y is predicted from x, as a number.",
        zh="200 条正弦波上的点，每条波的振幅和相位不同。由 x 预测数值 y。",
    ),
    task="wave",
    task_name=lambda place: f"wave {place + 1:03d}",
    label="y",
    labels=(),
    tasks=200,
    rows=(30, 40),
    dress=_dress,
    decimals=3,
)
