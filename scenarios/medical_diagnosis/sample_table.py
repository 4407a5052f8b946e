"""Thirty hospitals in one table: the file that a European spreadsheet program would have written."""

import numpy as np
import pandas as pd

from scenarios.medical_diagnosis.tasks import FEATURES
from scenarios.own_tasks.samples import SampleTable, days, texts, with_gaps
from scenarios.text import Text

_NOT_MEASURED = {"albumin": 0.12, "crp": 0.04, "urea": 0.03, "spo2": 0.02, "platelets": 0.01}  # share of patients
_COMMA = ","  # as decimal mark


def _dress(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add an identifier and a date; decimal commas, missing values, "<1", "n.a." and spaces behind some names."""
    rows = len(table)
    hospitals = [name + " " * int(rng.random() < 0.02) for name in table["hospital"]]
    dressed = {
        "patient_id": [f"P{number:05d}" for number in rng.permutation(rows) + 1],
        "hospital": hospitals,
        "admitted": days(rows, rng, "2023-01-01", 700),
    }
    for feature in FEATURES:
        values = table[feature.name].to_numpy(float)
        shown = texts(values, feature.decimals, _COMMA)
        if feature.detection_limit is not None:
            limit = feature.detection_limit
            shown = [f"<{limit:g}" if value < limit else text for value, text in zip(values, shown, strict=True)]
        gap = "n.a." if feature.name == "crp" else ""
        dressed[feature.name] = with_gaps(shown, rng, _NOT_MEASURED.get(feature.name, 0.0), gap)
    dressed["diagnosis"] = list(table["diagnosis"])
    return pd.DataFrame(dressed)


SAMPLE_TABLE = SampleTable(
    name="medical_diagnosis",
    title=Text(en="Thirty hospitals", zh="三十家医院"),
    about=Text(
        en="Patients of 30 hospitals, each with its own target condition and mimic: fourteen admission values, with "
        "decimal commas, semicolons, missing values and “<1”. Its Bayes-optimal score is known.",
        zh="30 家医院的患者，每家医院各有一种目标疾病和一种相似疾病：十四项入院指标，"
        "含小数逗号、分号、缺失值和“<1”。贝叶斯最优得分已知。",
    ),
    task="hospital",
    task_name=lambda place: f"Hospital {place + 1:02d}",
    label="diagnosis",
    labels=("mimic", "target condition"),
    tasks=30,
    rows=(50, 90),
    dress=_dress,
    separator=";",
    decimal=_COMMA,
)
