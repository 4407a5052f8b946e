"""A template for a user's own table: a small made-up one with every kind of column, in both languages."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from scenarios.own_tasks.writing import to_csv, to_xlsx
from scenarios.text import Language, Text

TASKS, ROWS = 6, 24
_SEED = 5


@dataclass(frozen=True)
class TemplateColumn:
    """A column of the template: its name, its role, and its content."""

    name: Text
    role: Text
    about: Text


_FEATURE = Text(en="feature", zh="特征")
COLUMNS = (
    TemplateColumn(
        Text(en="hospital", zh="医院"),
        Text(en="task", zh="任务"),
        Text(
            en="One name for each hospital, branch, machine or user, with the same spelling in all of its rows.",
            zh="每家医院、每个网点、每台设备或每位用户一个名称，在其所有行中写法一致。",
        ),
    ),
    TemplateColumn(
        Text(en="age", zh="年龄"),
        _FEATURE,
        Text(en="A number. The unit is the same in all rows.", zh="数值。所有行的单位一致。"),
    ),
    TemplateColumn(
        Text(en="crp", zh="CRP"),
        _FEATURE,
        Text(
            en="A number with gaps: leave the cell empty if a value is missing.", zh="有缺失的数值：缺失时单元格留空。"
        ),
    ),
    TemplateColumn(
        Text(en="smoker", zh="吸烟"),
        _FEATURE,
        Text(en="Yes or no, or two words like these.", zh="是或否，或类似的两个词。"),
    ),
    TemplateColumn(
        Text(en="ward", zh="病区"),
        _FEATURE,
        Text(en="A category with a few different words.", zh="类别，只有少数几种取值。"),
    ),
    TemplateColumn(
        Text(en="diagnosis", zh="诊断"),
        Text(en="label", zh="标签"),
        Text(
            en="The value to predict: two or more classes, or a number. Leave out everything that is known only "
            "afterwards.",
            zh="要预测的内容：两个或更多类别，或一个数值。凡是事后才知道的信息都不要放进表格。",
        ),
    ),
)
_HOSPITAL = Text(en="Hospital {letter}", zh="{letter} 医院")
_NO_YES = Text(en="no", zh="否"), Text(en="yes", zh="是")
_WARDS = Text(en="surgical", zh="外科"), Text(en="medical", zh="内科"), Text(en="intensive", zh="重症")
_CLASSES = Text(en="negative", zh="阴性"), Text(en="positive", zh="阳性")


def table(language: Language) -> pd.DataFrame:
    """Return the template: made-up rows, the same in both languages."""
    rng, parts = np.random.default_rng(_SEED), []
    for task in range(TASKS):
        y = np.arange(ROWS) % 2
        age = np.round(60 + 5 * y + 10 * rng.standard_normal(ROWS))
        crp = np.round(np.exp(3 + (1.0 + 0.5 * rng.standard_normal()) * y + 0.6 * rng.standard_normal(ROWS)), 1)
        smokes = (rng.random(ROWS) < 0.3 + 0.2 * y).astype(int)
        ward = rng.integers(0, len(_WARDS), ROWS)
        values = (
            [_HOSPITAL.format(letter="ABCDEF"[task])[language]] * ROWS,
            age,
            np.where(rng.random(ROWS) < 0.05, np.nan, crp),
            [_NO_YES[each][language] for each in smokes],
            [_WARDS[each][language] for each in ward],
            [_CLASSES[each][language] for each in y],
        )
        parts.append(pd.DataFrame({c.name[language]: v for c, v in zip(COLUMNS, values, strict=True)}))
    return pd.concat(parts, ignore_index=True)


def as_csv(language: Language) -> bytes:
    """Return the template as a file that spreadsheet programs open as it is meant."""
    return to_csv(table(language))


def as_xlsx(language: Language) -> bytes:
    """Return the template as a workbook."""
    return to_xlsx(table(language))
