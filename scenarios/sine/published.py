"""The sine experiment with its authors' settings, and its published figures.

Settings from the authors' code (github.com/cbfinn/maml: main.py, maml.py, data_generator.py): a network 1-40-40-1, x
not standardised, meta-batches of 25 tasks, K support and K query points, Adam at a constant 0.001, 70 000 meta-steps,
one inner step of unbounded length. The paper's inner rate is 0.01; the code's default is 0.001.
"""

from dataclasses import replace

import numpy as np

from scenarios.recipe import Recipe
from scenarios.scenario import Benchmark, Published
from scenarios.task import Array
from scenarios.text import Text


def _as_it_is(x: Array) -> Array:
    return np.asarray(x)


_PUBLISHED = Recipe(
    hidden=(40, 40), inner_lr=0.01, meta_steps=70_000, outer_decay=False, train_tasks=200_000, any_shots=False,
    queries=10, clip_norm=1e9,
)  # fmt: skip
_CURVATURE = ("Park and Oliva 2019, Meta-Curvature, table of sinusoid regression", "https://arxiv.org/abs/1902.03356")
_ZIGOLOX = ("Zigolox, Meta-Learning-OptML-Project", "https://github.com/Zigolox/Meta-Learning-OptML-Project")
_63DAYS = ("63days, Meta-SGD", "https://github.com/63days/Meta-SGD")
_PAPER = Text(
    en="The settings of the original. These four figures are quoted from a secondary source: check the paper "
    "before you cite them.",
    zh="与原文设置相同。这四个数字系转引，引用前请核对论文原文。",
)
_REPEATED = Text(en="An independent repetition; no interval given.", zh="独立复现，未给出区间。")
_HUNDRED = Text(
    en="An independent repetition: 100 tasks, 100 query points each; no interval given.",
    zh="独立复现：100 个任务，每任务 100 个查询点；未给出区间。",
)

BENCHMARK = Benchmark(
    name=Text(en="Sine regression with the settings of 2017", zh="正弦回归（2017 年论文的设置）"),
    encode=_as_it_is,
    recipes={
        "maml": _PUBLISHED,
        "meta_sgd": replace(_PUBLISHED, learn_rates="weight"),
    },
    shots=(5, 10),
    anchors={"zero": 4.2517, "pooled": 3.0057},
    published=(
        Published("maml", 5, 0.686, 0.070, *_CURVATURE, _PAPER),
        Published("meta_sgd", 5, 0.482, 0.061, *_CURVATURE, _PAPER),
        Published("maml", 10, 0.435, 0.039, *_CURVATURE, _PAPER),
        Published("meta_sgd", 10, 0.258, 0.026, *_CURVATURE, _PAPER),
        Published("maml", 5, 0.72, None, *_ZIGOLOX, _REPEATED),
        Published("meta_sgd", 5, 0.46, None, *_ZIGOLOX, _REPEATED),
        Published("maml", 10, 0.6702, None, *_63DAYS, _HUNDRED),
        Published("meta_sgd", 10, 0.3145, None, *_63DAYS, _HUNDRED),
    ),
)
