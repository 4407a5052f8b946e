"""Forty lending segments in one table: an extract from a loan book, at each segment's own default rate."""

import numpy as np
import pandas as pd

from scenarios.own_tasks.samples import SampleTable, days, texts, with_gaps
from scenarios.text import Text

_PRODUCTS, _CHANNELS = ("home equity", "car", "card", "instalment"), ("branch", "broker", "web", "app", "partner")
_UNKNOWN = 999  # years on a job


def _segment(place: int) -> str:
    market = "north" if place < len(_PRODUCTS) * len(_CHANNELS) else "south"
    return f"{_PRODUCTS[place % 4]} / {_CHANNELS[place // 4 % 5]} / {market}"


def _dress(table: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Add account numbers and dates; thousands, per cent signs, 999 for unknown, a category and yes/no for counts."""
    rows = len(table)
    inquiries = table["inquiries"].to_numpy(int)
    years = np.where(rng.random(rows) < 0.04, _UNKNOWN, table["job_years"].to_numpy(float))
    dressed = {
        "account": [f"{number:08d}" for number in 10_000_000 + rng.permutation(rows)],
        "booked": days(rows, rng, "2022-01-01", 365),
        "segment": list(table["segment"]),
        "bureau_score": with_gaps(texts(table["bureau_score"].to_numpy(float), 0), rng, 0.03),
        "utilisation": [f"{value:.0f}%" for value in table["utilisation"]],
        "dti": texts(table["dti"].to_numpy(float), 0),
        "income": texts(table["income"].to_numpy(float), 0, thousands=","),
        "delinquencies": texts(table["delinquencies"].to_numpy(float), 0),
        "derogatory": np.where(table["derogatory"] > 0, "yes", "no"),
        "oldest_trade": texts(table["oldest_trade"].to_numpy(float), 0),
        "open_trades": texts(table["open_trades"].to_numpy(float), 0),
        "inquiries": np.array(["none", "1", "2", "3 or more"])[np.minimum(inquiries, 3)],
        "new_trades": texts(table["new_trades"].to_numpy(float), 0),
        "job_years": [f"{value:g}" for value in years],
        "cltv": with_gaps(texts(table["cltv"].to_numpy(float), 0), rng, 0.05, "NA"),
        "loan_to_income": texts(table["loan_to_income"].to_numpy(float), 0),
        "bad": list(table["bad"]),
    }
    return pd.DataFrame(dressed)


SAMPLE_TABLE = SampleTable(
    name="credit_risk",
    title=Text(en="Forty lending segments", zh="四十个信贷客群"),
    about=Text(
        en="Accounts of 40 lending segments, most of them good: thirteen characteristics, with thousands separators, "
        "per cent signs, a category, and 999 for an unknown time on job.",
        zh="40 个信贷客群的账户，多数为好账户：十三个特征，含千分位、百分号、类别变量，以及用 999 表示的未知工作年限。",
    ),
    task="segment",
    task_name=_segment,
    label="bad",
    labels=("N", "Y"),
    tasks=40,
    rows=(50, 90),
    dress=_dress,
)
